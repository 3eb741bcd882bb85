//! The front end: sign-in, SIP, sessions, diagnosis and the web pages.
