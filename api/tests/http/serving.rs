//! What only shows over a real connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use windlass_api::serve;

use crate::support::{House, KEY};

async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_request_in_flight_is_answered_before_the_server_ends() {
    let house = House::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let serving = serve(listener, house.api(), shutdown.clone());

    let request = async {
        let body = r#"{"kind":"nothing.do"}"#;
        let head = format!(
            "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\nExpect: 100-continue\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // The server asks for the body, so the request is in its hands.
        let mut asked = [0; 25];
        stream.read_exact(&mut asked).await.unwrap();
        assert!(asked.starts_with(b"HTTP/1.1 100"));
        shutdown.cancel();
        stream.write_all(body.as_bytes()).await.unwrap();
        answer(&mut stream).await
    };
    let (served, answer) = tokio::join!(serving, request);
    served.unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    assert!(TcpStream::connect(address).await.is_err());
    assert_eq!(house.jobs().await, 1);
}

#[tokio::test]
async fn a_client_that_writes_far_too_much_gets_to_read_why_that_is_refused() {
    let house = Arc::new(House::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let serving = serve(listener, house.api(), shutdown.clone());

    let request = async {
        let length = 14 << 20;
        let head = format!(
            "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![b' '; length]).await.unwrap();
        let answer = answer(&mut stream).await;
        shutdown.cancel();
        answer
    };
    let both = async { tokio::join!(serving, request) };
    let (served, answer) = tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
    served.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}
