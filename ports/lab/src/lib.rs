//! Networks made of Linux namespaces, built without root from cards.
