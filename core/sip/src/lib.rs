//! SIP (RFC 3261 and its updates) as values: messages, transactions, registrar, proxy, user agent.
