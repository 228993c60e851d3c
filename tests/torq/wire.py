"""Torq Protocol V2 as bytes, written apart from the adapter, from the table of the protocol alone.

A payload's layout is a list of (offset, name, kind). Kinds: the letters of `struct`; `u128`; `hN`, N bytes that are shown as
hexadecimal digits, addresses among them; another layout; and (count, kind, stride) for several of one kind.
"""
import struct
import zlib

MAGIC = b"\xef\xbe\xad\xde"

LEVEL = [(0, "price", "q"), (8, "size", "q"), (16, "orders", "I")]
SIDE = [(0, "count", "H"), (8, "levels", (50, LEVEL, 24))]
INSTRUMENT = [(0, "id", "Q"), (8, "venue", "H"), (10, "type", "B")]
LIQUIDITY = [(0, "liquidity", "u128"), (16, "amount0", "u128"), (32, "amount1", "u128"), (48, "timestamp_ns", "Q"),
             (56, "tick_lower", "i"), (60, "tick_upper", "i"), (64, "venue", "H"), (66, "decimals0", "B"), (67, "decimals1", "B"),
             (80, "pool", "h20"), (112, "provider", "h20"), (144, "token0", "h20"), (176, "token1", "h20")]

# type: (name, size, fields)
PAYLOADS = {
    1: ("Trade", 40, [(0, "asset_id", "Q"), (8, "price", "q"), (16, "volume", "q"), (24, "timestamp_ns", "Q"), (32, "venue", "H"),
                      (34, "asset_type", "B"), (36, "side", "B")]),
    2: ("Quote", 56, [(0, "asset_id", "Q"), (8, "bid_price", "q"), (16, "bid_size", "q"), (24, "ask_price", "q"),
                      (32, "ask_size", "q"), (40, "timestamp_ns", "Q"), (48, "venue", "H"), (50, "asset_type", "B")]),
    3: ("OrderBook", 2456, [(0, "timestamp_ns", "Q"), (8, "sequence", "Q"), (16, "precision", "q"), (24, "asset_id", "Q"),
                            (32, "venue", "H"), (34, "asset_type", "B"), (40, "bids", SIDE), (1248, "asks", SIDE)]),
    10: ("PoolLiquidity", 208, [(0, "timestamp_ns", "Q"), (16, "reserve_count", "H"), (32, "reserves", (8, "u128", 16)),
                                (160, "pool", "h20"), (192, "venue", "H")]),
    11: ("PoolSwap", 208, [(0, "amount_in", "u128"), (16, "amount_out", "u128"), (32, "liquidity_after", "u128"),
                           (48, "timestamp_ns", "Q"), (56, "block", "Q"), (64, "tick_after", "i"), (68, "venue", "H"),
                           (70, "decimals_in", "B"), (71, "decimals_out", "B"), (80, "pool", "h20"), (112, "token_in", "h20"),
                           (144, "token_out", "h20"), (176, "sqrt_price_x96", "h32")]),
    12: ("PoolMint", 208, LIQUIDITY),
    13: ("PoolBurn", 208, LIQUIDITY),
    14: ("PoolTick", 64, [(0, "liquidity_net", "q"), (8, "sqrt_price", "Q"), (16, "timestamp_ns", "Q"), (24, "tick", "i"),
                          (28, "venue", "H"), (32, "pool", "h20")]),
    15: ("PoolState", 192, [(0, "reserve0", "u128"), (16, "reserve1", "u128"), (32, "sqrt_price_x96", "u128"),
                            (48, "liquidity", "u128"), (64, "block", "Q"), (72, "timestamp_ns", "Q"), (80, "tick", "i"),
                            (84, "fee", "I"), (88, "venue", "H"), (90, "pool_type", "B"), (91, "decimals0", "B"),
                            (92, "decimals1", "B"), (96, "pool", "h20"), (128, "token0", "h20"), (160, "token1", "h20")]),
    16: ("PoolSync", 160, [(0, "reserve0", "u128"), (16, "reserve1", "u128"), (32, "timestamp_ns", "Q"), (40, "block", "Q"),
                           (48, "venue", "H"), (50, "decimals0", "B"), (51, "decimals1", "B"), (64, "pool", "h20"),
                           (96, "token0", "h20"), (128, "token1", "h20")]),
    18: ("GasPrice", 32, [(0, "block", "Q"), (8, "timestamp_ns", "Q"), (16, "gas_gwei", "I"), (20, "base_fee_gwei", "I"),
                          (24, "priority_fee_gwei", "I"), (28, "network", "H")]),
    20: ("SignalIdentity", 16, [(0, "bytes", "h16")]),
    22: ("Economics", 32, [(0, "bytes", "h32")]),
    32: ("ArbitrageSignal", 170, [(0, "strategy", "H"), (2, "id", "Q"), (10, "chain", "I"), (14, "pools", (2, "h20", 20)),
                                  (54, "venues", (2, "H", 2)), (58, "tokens", (2, "h20", 20)), (98, "profit", "q"),
                                  (106, "capital", "q"), (114, "spread_bps", "H"), (116, "dex_fees", "q"), (124, "gas", "q"),
                                  (132, "slippage", "q"), (140, "net", "q"), (148, "tolerance_bps", "H"), (150, "max_gas", "I"),
                                  (154, "valid_until", "I"), (158, "priority", "H"), (162, "timestamp_ns", "Q")]),
    40: ("OrderRequest", 32, [(0, "bytes", "h32")]),
    42: ("Fill", 32, [(0, "bytes", "h32")]),
    100: ("Heartbeat", 16, [(0, "bytes", "h16")]),
    106: ("StateInvalidation", 224, [(0, "sequence", "Q"), (8, "timestamp_ns", "Q"), (16, "count", "H"),
                                     (24, "instruments", (16, INSTRUMENT, 12)), (216, "venue", "H"), (218, "reason", "B")]),
    107: ("SystemHealth", 48, [(0, "timestamp_ns", "Q"), (8, "connections", "I"), (12, "message_rate", "I"),
                               (16, "error_count", "I"), (24, "source", "B"), (25, "status", "B"), (26, "cpu_percent", "B"),
                               (27, "memory_percent", "B")]),
    108: ("TraceContext", 32, [(0, "start_ns", "Q"), (8, "current_ns", "Q"), (16, "source", "B"), (17, "depth", "B"),
                               (18, "stages", "B"), (24, "trace_id", "h8")]),
    110: ("RecoveryRequest", 24, [(0, "last_sequence", "Q"), (8, "current_sequence", "Q"), (16, "consumer", "I"),
                                  (20, "request_type", "I")]),
}
COUNTS = {"levels": "count", "instruments": "count", "reserves": "reserve_count"}


def pack(layout, size, values):
    """The bytes of a payload from {name: value}; lists may be shorter than their place."""
    out = bytearray(size)

    def put(at, kind, value):
        if isinstance(kind, tuple):
            for index, item in enumerate(value):
                put(at + index * kind[2], kind[1], item)
        elif isinstance(kind, list):
            for offset, name, part in kind:
                put(at + offset, part, value[name])
        else:
            if kind == "u128":
                raw = value.to_bytes(16, "little")
            elif kind[0] == "h":
                raw = bytes.fromhex(value[2:])
            else:
                raw = struct.pack("<" + kind, value)
            out[at:at + len(raw)] = raw

    put(0, layout, values)
    return bytes(out)


def tlv(kind, payload, extended=None):
    """A TLV of these bytes; extended when it must be, or when asked for."""
    if len(payload) > 255 if extended is None else extended:
        return struct.pack("<BBBH", 255, 0, kind, len(payload)) + payload
    return bytes([kind, len(payload)]) + payload


def checksum(message):
    return zlib.crc32(message[:28] + message[32:])


def message(tlvs=b"", *, domain=0, version=1, source=2, flags=0, sequence=42, timestamp=1_700_000_000_000_000_000, crc=True,
            payload_size=None):
    """A whole message; `crc` False leaves the checksum out."""
    size = len(tlvs) if payload_size is None else payload_size
    head = MAGIC + struct.pack("<BBBBQQI", domain, version, source, flags, sequence, timestamp, size)
    return head + struct.pack("<I", zlib.crc32(head + tlvs) if crc else 0) + tlvs


def sample(kind, salt=1):
    """{name: value} with every field its own value, so that fields which change places are seen."""
    counter = [salt * 1000 + kind]

    def make(part):
        counter[0] += 1
        number = counter[0]
        if isinstance(part, tuple):
            return [make(part[1]) for _ in range(part[0])]
        if isinstance(part, list):
            return {name: make(inner) for _, name, inner in part}
        if part == "u128":
            return (number << 64) + number * 7919
        if part[0] == "h":
            return "0x" + bytes((number * 31 + index) & 0xFF for index in range(int(part[1:]))).hex()
        bits = 8 * struct.calcsize("<" + part)
        value = number * 0x9E3779B97F4A7C15 & ((1 << bits) - 1)
        return value - (1 << bits) if part.islower() and value >> (bits - 1) else value

    name, size, layout = PAYLOADS[kind]
    values = make(layout)

    def shorten(node):  # Lists that are counted are full but for two entries, whose bytes are zero.
        for key, value in node.items():
            if isinstance(value, dict):
                shorten(value)
            elif key in COUNTS:
                node[key] = value[:-2]
                node[COUNTS[key]] = len(node[key])

    shorten(values)
    return values


def payload(kind, values=None):
    name, size, layout = PAYLOADS[kind]
    return pack(layout, size, sample(kind) if values is None else values)


def shown(kind, raw, fields=None):
    """The TLV as `torq decode` prints it; without fields as bytes."""
    name = PAYLOADS[kind][0] if kind in PAYLOADS else "vendor" if 200 <= kind <= 254 else "unknown"
    return {"type": kind, "name": name, "size": len(raw), "fields": fields or {"bytes": "0x" + raw.hex()}}


def line(offset, tlvs, *, domain=0, source=2, sequence=42, timestamp=1_700_000_000_000_000_000):
    return {"offset": offset, "domain": domain, "source": source, "sequence": sequence, "timestamp_ns": timestamp, "tlvs": tlvs}


def fault(offset, error, skipped):
    return {"offset": offset, "error": error, "skipped": skipped}


def read_vectors(path):
    """The blocks of vectors.txt as {"name", "options", "bytes", "lines"}; see make_vectors.py."""
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        pairs = [text.partition(" ")[::2] for text in block.splitlines()]
        yield {"name": dict(pairs)["name"], "options": dict(pairs).get("options", "").split(),
               "bytes": bytes.fromhex(dict(pairs)["hex"]), "lines": [value for key, value in pairs if key == "line"]}
