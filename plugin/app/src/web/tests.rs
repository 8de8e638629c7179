//! Clients of every kind, at a server on this machine.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Instant,
};

use super::*;

fn server() -> WebServer {
    let settings = WebSettings { enabled: true, address: "127.0.0.1:0".to_owned(), token: String::new() };
    WebServer::start(&settings).unwrap()
}

type Socket = tungstenite::WebSocket<TcpStream>;

fn connect(server: &WebServer) -> Socket {
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    tungstenite::client(format!("ws://{}/lines", server.address), stream).unwrap().0
}

/// Waits until so many listen.
fn wait_for(server: &WebServer, count: usize) {
    let begin = Instant::now();
    while server.browsers.count() != count {
        assert!(begin.elapsed() < Duration::from_secs(10), "{} listen, not {count}", server.browsers.count());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_page_needs_nothing_else() {
    let server = server();
    let mut stream = TcpStream::connect(server.address).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("</html>\n"), "{answer}");
    assert!(!answer.contains("https://") && !answer.contains("src=\""));
}

#[test]
fn every_client_hears_every_line() {
    let server = server();
    let mut clients = [connect(&server), connect(&server)];
    wait_for(&server, 2);
    server.browsers().say(r#"{"kind":"end"}"#);
    for client in &mut clients {
        assert_eq!(client.read().unwrap().to_text().unwrap(), r#"{"kind":"end"}"#);
    }
}

#[test]
fn a_client_that_goes_is_forgotten() {
    let server = server();
    let mut client = connect(&server);
    wait_for(&server, 1);
    client.close(None).unwrap();
    while client.read().is_ok() {}
    // It is noticed with the next line.
    let begin = Instant::now();
    while server.browsers.count() > 0 && begin.elapsed() < Duration::from_secs(10) {
        server.browsers().say("{}");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(server.browsers.count(), 0);
}

#[test]
fn a_client_that_does_not_read_is_dropped_and_the_others_are_not_disturbed() {
    let server = server();
    let slow = connect(&server);
    wait_for(&server, 1);
    let mut quick = connect(&server);
    wait_for(&server, 2);
    let line = "x".repeat(10_000);
    // Much more than the system keeps for a connection. The quick one reads each before the next.
    let begin = Instant::now();
    for _ in 0..5000 {
        server.browsers().say(&line);
        assert_eq!(quick.read().unwrap().to_text().unwrap().len(), line.len());
        if server.browsers.count() == 1 {
            break;
        }
    }
    assert_eq!(server.browsers.count(), 1, "the slow one is gone");
    assert!(begin.elapsed() < Duration::from_secs(10), "nobody waited for it");
    drop(slow);
}

#[test]
fn there_is_no_room_for_more_than_the_most() {
    let server = server();
    let clients: Vec<_> = (0..MAXIMUM_CLIENTS).map(|_| connect(&server)).collect();
    wait_for(&server, MAXIMUM_CLIENTS);
    let stream = TcpStream::connect(server.address).unwrap();
    assert!(tungstenite::client(format!("ws://{}/lines", server.address), stream).is_err());
    drop(clients);
}

#[test]
fn the_network_gets_a_token_and_this_machine_needs_none() {
    let settings = WebSettings { enabled: true, address: "0.0.0.0:0".to_owned(), token: String::new() };
    let url = WebServer::start(&settings).unwrap().url();
    let token = url.split_once("?token=").unwrap().1;
    assert_eq!(token.len(), 2 * TOKEN_BYTES);
    assert!(!server().url().contains("token"));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let server = server();
    let settings = WebSettings { enabled: true, address: server.address.to_string(), token: String::new() };
    let error = WebServer::start(&settings).unwrap_err().to_string();
    assert!(error.contains(&settings.address) && error.contains("free address"), "{error}");
}
