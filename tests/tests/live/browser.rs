//! A real browser without a display, asked by its DevTools what it shows.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::{app::wait, environment::folder};

/// A browser with one page, until it is dropped.
pub struct Browser {
    process: Child,
    tools: WebSocket<TcpStream>,
    asked: u64,
}

impl Browser {
    /// Opens a page.
    pub fn open(url: &str) -> Self {
        let profile = folder().join("profile");
        let process = Command::new("/usr/bin/chromium")
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--remote-debugging-port=0", &format!("--user-data-dir={}", profile.display()), url])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromium is installed: cargo xtask prepare");
        let port_file = profile.join("DevToolsActivePort");
        let port = || fs::read_to_string(&port_file).ok()?.lines().next()?.parse::<u16>().ok();
        wait("the browser", || port().is_some());
        let port = port().unwrap();
        let mut page = None;
        wait("the page", || {
            page = page_of(port);
            page.is_some()
        });
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (tools, _) = tungstenite::client(page.unwrap(), stream).unwrap();
        Self { process, tools, asked: 0 }
    }

    /// The value of an expression in the page.
    pub fn value(&mut self, expression: &str) -> Value {
        self.asked += 1;
        let params = json!({ "expression": expression, "returnByValue": true });
        let question = json!({ "id": self.asked, "method": "Runtime.evaluate", "params": params });
        self.tools.send(Message::text(question.to_string())).unwrap();
        loop {
            let answer: Value = serde_json::from_str(self.tools.read().unwrap().to_text().unwrap()).unwrap();
            if answer["id"] == self.asked {
                return answer["result"]["result"]["value"].clone();
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where the tools of the page are.
fn page_of(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET /json/list HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    let body = loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(pages) = serde_json::from_str::<Value>(body)
        {
            break pages;
        }
        let count = stream.read(&mut buffer).ok().filter(|&count| count > 0)?;
        answer.extend_from_slice(&buffer[..count]);
    };
    let pages = body.as_array()?;
    let page = pages
        .iter()
        .find(|page| page["type"] == "page" && page["url"].as_str().is_some_and(|url| url.starts_with("http")))?;
    page["webSocketDebuggerUrl"].as_str().map(str::to_owned)
}
