#!/usr/bin/env python3
"""Writes tests/torq/vectors.txt: bytes, and what a reader must make of them. Usage: make_vectors.py [--check]

With --check it only says whether the file is what it would write. A vector is a block of lines, each a key and a value:
    name NAME
    options OPTIONS      those of `torq decode`; may be missing
    rebuilds             there when a builder that is given the values makes the same bytes
    hex BYTES
    line JSON            what `torq decode` prints, without the sentences of faults; any number
"""
import json
import pathlib
import sys

import wire

FILE = pathlib.Path(__file__).with_name("vectors.txt")
TRADE = wire.tlv(1, wire.payload(1))
TRADE_SHOWN = wire.shown(1, wire.payload(1), wire.sample(1))


def vector(name, data, lines, *, options=(), rebuilds=False):
    block = [f"name {name}"] + [f"options {' '.join(options)}"] * bool(options) + ["rebuilds"] * rebuilds + [f"hex {data.hex()}"]
    return "\n".join(block + ["line " + json.dumps(line, separators=(",", ":")) for line in lines]) + "\n"


def of_types():
    """Every payload alone in a message, and both ways of writing its length where there are two."""
    for kind, (name, size, _) in wire.PAYLOADS.items():
        raw, values = wire.payload(kind), wire.sample(kind)
        shown = wire.shown(kind, raw, values)
        yield vector(f"type.{name}", wire.message(wire.tlv(kind, raw)), [wire.line(0, [shown])], rebuilds=True)
        yield vector(f"type.{name}.extended", wire.message(wire.tlv(kind, raw, extended=True)), [wire.line(0, [shown])])
        if kind in (3, 10, 11, 12, 13, 16):
            other = bytes(range(1, 61))
            yield vector(f"kept.{name}", wire.message(wire.tlv(kind, other)), [wire.line(0, [wire.shown(kind, other)])],
                         rebuilds=True)
        else:
            wrong = bytes(52 if kind == 2 else size - 1)
            data = wire.message(wire.tlv(kind, wrong))
            yield vector(f"bad_size.{name}", data, [wire.fault(0, "bad_size", len(data))])


def of_messages():
    empty = wire.message()
    yield vector("message.header_only", empty, [wire.line(0, [])], rebuilds=True)
    yield vector("message.no_checksum", wire.message(TRADE, crc=False), [wire.line(0, [TRADE_SHOWN])])
    yield vector("message.flags_are_no_fault", wire.message(TRADE, flags=255), [wire.line(0, [TRADE_SHOWN])])
    for domain in range(4):
        yield vector(f"message.domain_{domain}", wire.message(TRADE, domain=domain, source=domain + 7),
                     [wire.line(0, [TRADE_SHOWN], domain=domain, source=domain + 7)], rebuilds=True)
        yield vector(f"message.domain_{domain}_from_one", wire.message(TRADE, domain=domain + 1),
                     [wire.line(0, [TRADE_SHOWN], domain=domain)], options=["--domain-base", "1"])
    kinds = [20, 1, 108, 32]
    yield vector("message.several_tlvs", wire.message(b"".join(wire.tlv(kind, wire.payload(kind)) for kind in kinds)),
                 [wire.line(0, [wire.shown(kind, wire.payload(kind), wire.sample(kind)) for kind in kinds])], rebuilds=True)
    vendor = [(200, b""), (254, bytes(255)), (231, bytes(range(256)) * 4)]
    yield vector("message.vendor", wire.message(b"".join(wire.tlv(kind, raw) for kind, raw in vendor)),
                 [wire.line(0, [wire.shown(kind, raw) for kind, raw in vendor])], rebuilds=True)
    unknown = [(0, b"a"), (9, b"bc"), (199, b"")]
    yield vector("message.unknown_types_are_no_fault",
                 wire.message(b"".join(wire.tlv(kind, raw) for kind, raw in unknown) + TRADE),
                 [wire.line(0, [wire.shown(kind, raw) for kind, raw in unknown] + [TRADE_SHOWN])], rebuilds=True)


def of_counts():
    """Counts beyond what there is are kept, and never read by."""
    for kind, keys in ((3, ("bids", "count")), (106, ("count",)), (10, ("reserve_count",))):
        values = wire.sample(kind)
        lists = {3: ("bids", "levels"), 106: ("instruments",), 10: ("reserves",)}[kind]
        node, target = values, values
        for key in keys[:-1]:
            node = node[key]
        node[keys[-1]] = 65_535
        raw = wire.payload(kind, values)
        for key in lists[:-1]:
            target = target[key]
        empty = {"price": 0, "size": 0, "orders": 0} if kind == 3 else {"id": 0, "venue": 0, "type": 0} if kind == 106 else 0
        target[lists[-1]] = target[lists[-1]] + [empty, empty]
        yield vector(f"count.{wire.PAYLOADS[kind][0]}", wire.message(wire.tlv(kind, raw)),
                     [wire.line(0, [wire.shown(kind, raw, values)])], rebuilds=True)


def of_faults():
    good = wire.message(TRADE)
    size = len(good)

    def changed(at, value):
        return good[:at] + bytes([value]) + good[at + 1:]

    def one(name, data, error, options=()):
        return vector(f"fault.{name}", data, [wire.fault(0, error, len(data))], options=options)

    yield one("bad_magic", b"nothing of Torq", "bad_magic")
    yield one("bad_magic_one_byte", b"\x00", "bad_magic")
    yield one("bad_version", changed(5, 2), "bad_version")
    yield one("bad_version_before_domain", changed(5, 0)[:4] + b"\x09" + changed(5, 0)[5:], "bad_version")
    yield one("bad_domain", changed(4, 4), "bad_domain")
    yield one("bad_domain_below_base", good, "bad_domain", ["--domain-base", "1"])
    yield one("truncated_in_magic", good[:3], "truncated")
    yield one("truncated_in_header", good[:31], "truncated")
    yield one("truncated_in_payload", good[:-1], "truncated")
    for domain, limit in enumerate((65_536, 32_768, 16_384, 8_192)):
        yield one(f"too_large_{domain}", wire.message(domain=domain, payload_size=limit - 32 + 1), "too_large")
        yield one(f"truncated_at_limit_{domain}", wire.message(domain=domain, payload_size=limit - 32), "truncated")
    yield one("bad_checksum", changed(40, good[40] ^ 1), "bad_checksum")
    yield one("checksum_required", wire.message(TRADE, crc=False), "bad_checksum", ["--checksum", "required"])
    yield vector("fault.checksum_off", changed(28, good[28] ^ 1), [wire.line(0, [TRADE_SHOWN])], options=["--checksum", "off"])
    yield one("truncated_tlv_in_header", wire.message(b"\x01"), "truncated_tlv")
    yield one("truncated_tlv_in_payload", wire.message(TRADE[:-1]), "truncated_tlv")
    yield one("truncated_tlv_of_vendor", wire.message(b"\xc8\x05abcd"), "truncated_tlv")
    yield one("truncated_tlv_in_extended_header", wire.message(b"\xff\x00\x01\x28"), "truncated_tlv")
    yield one("truncated_tlv_in_extended_payload", wire.message(wire.tlv(230, bytes(300))[:-1]), "truncated_tlv")
    yield one("bad_extended_tlv", wire.message(b"\xff\x01\x01\x00\x00"), "bad_extended_tlv")
    yield one("bad_extended_tlv_short", wire.message(b"\xff\x07"), "bad_extended_tlv")
    yield one("second_tlv_condemns_its_message", wire.message(TRADE + b"\x02\x00"), "bad_size")
    assert size == 74


def of_streams():
    good, gas = wire.message(TRADE), wire.message(wire.tlv(18, wire.payload(18)), sequence=43)
    gas_shown = wire.shown(18, wire.payload(18), wire.sample(18))

    def both(first, second):
        return [wire.line(first, [TRADE_SHOWN]), wire.line(second, [gas_shown], sequence=43)]

    yield vector("stream.coalesced", good + gas, both(0, 74))
    yield vector("stream.garbage_between", good + b"noise" + gas, [both(0, 79)[0], wire.fault(74, "bad_magic", 5), both(0, 79)[1]])
    yield vector("stream.garbage_with_half_a_magic", good + b"\xef\xbe" + gas,
                 [both(0, 76)[0], wire.fault(74, "bad_magic", 2), both(0, 76)[1]])
    bad = good[:40] + b"\x00\x00\x00\x00" + good[44:]
    yield vector("stream.after_a_bad_checksum", bad + gas, [wire.fault(0, "bad_checksum", 74), both(0, 74)[1]])
    # The length of the first was damaged, so that it reaches over the second and beyond the end.
    long = good[:24] + b"\xff\x0f\x00\x00" + good[28:]
    yield vector("stream.damaged_length_swallows_nothing", long + gas, [wire.fault(0, "truncated", 74), both(0, 74)[1]])
    over = good[:24] + (42 + len(gas)).to_bytes(4, "little") + good[28:]
    yield vector("stream.damaged_length_onto_the_next", over + gas + good,
                 [wire.fault(0, "bad_checksum", 74), both(0, 74)[1], wire.line(74 + len(gas), [TRADE_SHOWN])])
    inner = wire.message(wire.tlv(200, gas))
    broken = inner[:10] + b"\x01" + inner[11:]
    yield vector("stream.message_inside_a_faulty_one", broken,
                 [wire.fault(0, "bad_checksum", 34), wire.line(34, [gas_shown], sequence=43)])
    yield vector("stream.message_inside_a_valid_one", inner, [wire.line(0, [wire.shown(200, gas)])])
    yield vector("stream.too_large_then_good", wire.message(payload_size=0xFFFFFFFF) + good,
                 [wire.fault(0, "too_large", 32), wire.line(32, [TRADE_SHOWN])])
    yield vector("stream.ends_inside_a_message", good + gas[:40], [both(0, 74)[0], wire.fault(74, "truncated", 40)])
    yield vector("stream.magic_alone_twice", wire.MAGIC * 2, [wire.fault(0, "truncated", 4), wire.fault(4, "truncated", 4)])
    yield vector("stream.empty", b"", [])


def main():
    vectors = [v for part in (of_types, of_messages, of_counts, of_faults, of_streams) for v in part()]
    text = "\n".join(vectors)
    if "--check" not in sys.argv:
        FILE.write_text(text, encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != text:
        print(f"{FILE.name} is not what {pathlib.Path(__file__).name} writes")
        return 1
    print(f"{len(vectors)} vectors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
