//! One sharing session from invitation to end, as the endpoint and as the front end see it.
