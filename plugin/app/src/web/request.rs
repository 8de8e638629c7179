//! What a client asks for: the first lines of HTTP, and whether it may have it.

use std::{
    io::{self, Read},
    net::{IpAddr, TcpStream},
};

use super::Door;

/// Longest request in bytes; browsers send a tenth of it.
const LONGEST: usize = 8192;
const MOST_HEADERS: usize = 64;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// The page.
    Page,
    /// The lines, over a WebSocket whose handshake has this key; and what was sent after it.
    Lines {
        /// The client's key.
        key: String,
        /// Bytes that followed the request.
        rest: Vec<u8>,
    },
    /// Nothing that there is: a status, and why.
    Refused(&'static str, &'static str),
}

/// Reads a request.
///
/// # Errors
/// Where the connection ends or is silent for too long.
pub(super) fn read(stream: &mut TcpStream, door: &Door) -> io::Result<Wish> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..count]);
        if let Some(wish) = understood(&bytes, door) {
            return Ok(wish);
        }
        if bytes.len() > LONGEST {
            return Ok(Wish::Refused("431 Request Header Fields Too Large", "this request is too long"));
        }
    }
}

/// What the bytes so far ask for; `None` where they are not all.
fn understood(bytes: &[u8], door: &Door) -> Option<Wish> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return None,
        Err(_) => return Some(Wish::Refused("400 Bad Request", "this is no HTTP request")),
    };
    let header = |name: &str| {
        let found = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.and_then(|header| std::str::from_utf8(header.value).ok())
    };
    let (path, query) = request.path.map(|path| path.split_once('?').unwrap_or((path, "")))?;
    if request.method != Some("GET") {
        return Some(Wish::Refused("405 Method Not Allowed", "only GET is answered"));
    }
    let host = header("Host").unwrap_or("");
    // Another page that a browser of this machine shows must not listen in, by whatever name it calls this machine.
    let foreign = header("Origin").is_some_and(|origin| origin != format!("http://{host}"));
    if foreign || (door.loopback && !is_loopback(host)) {
        return Some(Wish::Refused("403 Forbidden", "other pages may not listen"));
    }
    let token = query.split('&').find_map(|pair| pair.strip_prefix("token=")).unwrap_or("");
    if !door.token.is_empty() && !same(token, &door.token) {
        return Some(Wish::Refused(
            "403 Forbidden",
            "the token is missing or wrong: attacca-live says it when it starts",
        ));
    }
    Some(match (path, header("Sec-WebSocket-Key")) {
        ("/", _) => Wish::Page,
        ("/lines", Some(key)) => Wish::Lines { key: key.to_owned(), rest: bytes[length..].to_vec() },
        _ => Wish::Refused("404 Not Found", "there is a page at / and a WebSocket at /lines"),
    })
}

/// Whether a host's name, with or without a port, is one of this machine's.
fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Compares in a time that does not tell how much is right.
fn same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |differences, (one, other)| differences | (one ^ other));
    one.len() == other.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(request: &str, token: &str, loopback: bool) -> Option<Wish> {
        understood(request.as_bytes(), &Door { token: token.to_owned(), loopback })
    }

    #[test]
    fn only_pages_of_this_server_may_listen() {
        let request = |host: &str, origin: &str| {
            format!("GET /lines HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nSec-WebSocket-Key: k\r\n\r\n")
        };
        let lines = Some(Wish::Lines { key: "k".to_owned(), rest: Vec::new() });
        assert_eq!(wish(&request("localhost:8600", "http://localhost:8600"), "", true), lines);
        assert_eq!(wish(&request("[::1]:8600", "http://[::1]:8600"), "", true), lines);
        let foreign = wish(&request("localhost:8600", "http://example.org"), "", true);
        assert!(matches!(foreign, Some(Wish::Refused("403 Forbidden", _))));
        let renamed = wish(&request("example.org:8600", "http://example.org:8600"), "", true);
        assert!(matches!(renamed, Some(Wish::Refused("403 Forbidden", _))));
    }

    #[test]
    fn the_network_needs_the_token() {
        let request = |query: &str| format!("GET /{query} HTTP/1.1\r\nHost: stage.local:8600\r\n\r\n");
        assert_eq!(wish(&request("?token=secret"), "secret", false), Some(Wish::Page));
        for query in ["", "?token=", "?token=secre", "?token=secrets"] {
            let refused = wish(&request(query), "secret", false);
            assert!(matches!(refused, Some(Wish::Refused("403 Forbidden", _))), "{query}");
        }
    }

    #[test]
    fn requests_may_come_in_pieces_and_be_none() {
        assert_eq!(wish("GET / HTTP/1.1\r\nHost: localh", "", true), None);
        assert!(matches!(wish("\0\0\0\0 \r\n\r\n", "", true), Some(Wish::Refused("400 Bad Request", _))));
        let post = wish("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", "", true);
        assert!(matches!(post, Some(Wish::Refused("405 Method Not Allowed", _))));
    }
}
