//! The two clients of a native endpoint against a real port.

use crate::house::House;
use hopsight_kit::Fingerprint;
use hopsight_net::{
    Accepted, AcceptedKind, ConnectError, Credentials, HttpClient, HttpError, OnePortSettings,
    ServerAddress, SipConnectionSettings, Trust, carry_sip, connect_sip,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MESSAGE: &[u8] = b"OPTIONS sip:localhost SIP/2.0\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn sip_messages_go_both_ways() {
    let mut house = House::open(OnePortSettings::default());
    let mut flow = connect_sip(&house.named("localhost"), &house.trust())
        .await
        .unwrap();
    let accepted = house.accept().await;
    assert_eq!(accepted.kind, AcceptedKind::Sip);
    let settings = SipConnectionSettings::server();
    let (server, mut from_client) = carry_sip(accepted.stream, accepted.remote, settings);

    flow.sender.send(MESSAGE.to_vec()).unwrap();
    assert_eq!(from_client.next().await.unwrap().unwrap(), MESSAGE);
    server.send(MESSAGE.to_vec()).unwrap();
    assert_eq!(flow.receiver.next().await.unwrap().unwrap(), MESSAGE);

    server.close();
    assert!(flow.receiver.next().await.is_none());
    assert!(from_client.next().await.is_none());
}

#[tokio::test]
async fn a_request_carries_its_credentials_and_gives_the_answer() {
    let mut house = House::open(OnePortSettings::default());
    let credentials = Credentials {
        name: "alice".into(),
        secret: "s3cret".to_owned().into(),
    };
    assert!(!format!("{credentials:?}").contains("s3cret"));
    let client = client(&house).with_credentials(credentials);
    let body = json!({"with": "sip:bob@example.test"});
    let asking = tokio::spawn(async move { client.post::<Value>("/api/v1/sessions", &body).await });

    let request = answer(house.accept().await, "200 OK", r#"{"id":"01J"}"#).await;

    assert_eq!(asking.await.unwrap().unwrap(), json!({"id": "01J"}));
    let mut lines: Vec<_> = request.lines().map(str::to_ascii_lowercase).collect();
    let host = format!("host: localhost:{}", house.address.port());
    let expected = [
        "post /api/v1/sessions http/1.1",
        &host,
        "authorization: basic ywxpy2u6cznjcmv0",
        "content-type: application/json",
        "content-length: 31",
        "",
        r#"{"with":"sip:bob@example.test"}"#,
    ];
    lines[1..].sort();
    let mut expected = expected.map(str::to_owned);
    expected[1..].sort();
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_refusal_is_told_in_the_servers_words() {
    let mut house = House::open(OnePortSettings::default());
    let client = client(&house);
    let asking = tokio::spawn(async move { client.delete::<()>("/api/v1/links/7").await });
    let body = r#"{"error":{"code":"no-such-link","message":"There is no link 7.","remedy":"Look at the list."}}"#;

    answer(house.accept().await, "404 Not Found", body).await;

    let error = asking.await.unwrap().unwrap_err();
    let port = house.address.port();
    assert_eq!(
        error.to_string(),
        format!(
            "There is no link 7. (DELETE https://localhost:{port}/api/v1/links/7 was answered with 404)"
        )
    );
    assert_eq!(error.remedy(), "Look at the list.");
    assert!(!error.may_retry());
}

#[tokio::test]
async fn an_answer_of_something_else_is_not_understood() {
    let mut house = House::open(OnePortSettings::default());
    let client = client(&house);
    let asking = tokio::spawn(async move { client.get::<Value>("/").await });

    answer(house.accept().await, "200 OK", "<html>").await;

    let error = asking.await.unwrap().unwrap_err();
    assert!(matches!(error, HttpError::NotUnderstood { .. }), "{error}");
}

#[tokio::test]
async fn an_answer_without_a_body_is_nothing() {
    let mut house = House::open(OnePortSettings::default());
    let client = client(&house);
    let asking = tokio::spawn(async move { client.post::<()>("/api/v1/sign-out", &()).await });

    answer(house.accept().await, "204 No Content", "").await;

    asking.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_closed_port_is_told_with_its_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let server: ServerAddress = address.to_string().parse().unwrap();

    let error = connect_sip(&server, &Trust::Authority(Fingerprint([0; 32])))
        .await
        .unwrap_err();

    assert!(matches!(error, ConnectError::Tcp { .. }) && error.may_retry());
    let expected = format!("could not connect to https://{address} ({address}): ");
    assert!(error.to_string().starts_with(&expected), "{error}");
}

fn client(house: &House) -> HttpClient {
    HttpClient::new(house.named("localhost"), &house.trust(), None).unwrap()
}

/// Reads one request whole, answers it, and gives its text.
async fn answer(mut accepted: Accepted, status: &str, body: &str) -> String {
    assert_eq!(accepted.kind, AcceptedKind::Http);
    let mut request = Vec::new();
    while !is_whole(&request) {
        assert_ne!(accepted.stream.read_buf(&mut request).await.unwrap(), 0);
    }
    let length = body.len();
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
    accepted.stream.write_all(answer.as_bytes()).await.unwrap();
    accepted.stream.shutdown().await.unwrap();
    String::from_utf8(request).unwrap()
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    body.len() >= length
}
