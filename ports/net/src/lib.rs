//! Listeners, the one-port demultiplexer, TLS, certificates, HTTP and WebSocket clients.
