//! STUN and TURN server as a state machine: allocations, session-bound permissions, channels.
