//! The media path: ICE, DTLS, TURN client and the tap that sees every datagram.
