//! The relay: carries out what core/turn decides, on real sockets.
