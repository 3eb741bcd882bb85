//! Serves the web pages that the binary carries. Decides their headers; the
//! files themselves are handed in by whoever embeds them.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;

/// A folder of embedded files: path without a leading slash, and content.
pub type Pages = &'static [(&'static str, &'static [u8])];

/// Scripts, styles and connections only from here; no frames around it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; connect-src 'self' wss:; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The file for `uri`; every path without a file name is a path of the one page.
pub(crate) fn serve(pages: Pages, uri: &Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let found = pages.iter().find(|(name, _)| *name == path);
    let is_file = path
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'));
    let index = || pages.iter().find(|(name, _)| *name == "index.html");
    let file = match found {
        None if is_file => None,
        None => index(),
        Some(_) => found,
    };
    file.map_or_else(missing, |(name, content)| answer(name, content))
}

fn answer(name: &str, content: &'static [u8]) -> Response {
    let mut response = Response::new(Body::from(content));
    let headers = response.headers_mut();
    let lasting = name.starts_with("assets/");
    let caching = if lasting {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(name)),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CONTENT_SECURITY_POLICY),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

fn missing() -> Response {
    let mut response = Response::new(Body::from("There is no such page.\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: Pages = &[("index.html", b"page"), ("assets/a.js", b"script")];

    #[test]
    fn a_path_of_the_app_gets_the_page_and_a_missing_file_does_not() {
        let status = |path: &str| serve(PAGES, &path.parse().unwrap()).status();

        assert_eq!(status("/"), StatusCode::OK);
        assert_eq!(status("/s/abc"), StatusCode::OK);
        assert_eq!(status("/assets/a.js"), StatusCode::OK);
        assert_eq!(status("/assets/b.js"), StatusCode::NOT_FOUND);
    }
}
