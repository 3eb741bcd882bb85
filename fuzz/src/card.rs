//! Cards of the lab: a card that was read can be asked everything that the lab
//! asks of it, and one that was not is told with its file.

use hopsight_lab::{Card, IcmpPolicy};

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Card::read("cards/x.toml", text) {
        Ok(card) => answers(&card),
        Err(error) => assert!(error.to_string().starts_with("cards/"), "{error}"),
    }
}

fn answers(card: &Card) {
    let topology = card.topology().expect("its network was looked up before");
    let nodes = topology.nodes();
    for icmp in [IcmpPolicy::Normal, IcmpPolicy::Limited, IcmpPolicy::Silent] {
        let expect = card.expected(icmp);
        assert!(card.guilty(expect).iter().all(|node| nodes.contains(node)));
    }
    let owners = card.owners().expect("its network was looked up before");
    assert!(!owners.is_empty());
    assert!(card.known_names().is_ok());
    let _ = card.is_healthy();
}
