"""Small recordings for tests, made by hand: a few price levels that move, in Binance's frames."""
import json
import pathlib
import subprocess

START_NS = 1_700_000_000_000_000_000
STEP_NS = 10_000_000


def snapshot(last_update_id, bid, ask):
    return json.dumps({"lastUpdateId": last_update_id,
                       "bids": [[f"{bid - i}", "1.5"] for i in range(5)],
                       "asks": [[f"{ask + i}", "2.5"] for i in range(5)]}, separators=(",", ":"))


def depth(symbol, first, last, previous, bids, asks, futures):
    data = {"e": "depthUpdate", "E": 1_700_000_000_000, "s": symbol, "U": first, "u": last}
    if futures:
        data |= {"T": 1_700_000_000_000, "pu": previous}
    data |= {"b": bids, "a": asks}
    stream = f"{symbol.lower()}@depth@" + ("0ms" if futures else "100ms")
    return json.dumps({"stream": stream, "data": data}, separators=(",", ":"))


def trade(symbol, number):
    data = {"e": "trade", "E": 1_700_000_000_000, "s": symbol, "t": number, "p": "100.5", "q": "0.25",
            "T": 1_700_000_000_000, "m": number % 2 == 0}
    return json.dumps({"stream": f"{symbol.lower()}@trade", "data": data}, separators=(",", ":"))


def lines(instrument, count=200):
    """`count` lines of one instrument: a snapshot, then updates that move the best price, and some trades."""
    futures = not instrument.startswith("spot_")
    made, update_id = [], 1000
    for index in range(count):
        time_ns = START_NS + index * STEP_NS + (1 if futures else 0)
        if index == 0:
            text = snapshot(update_id, 100, 101)
        elif index % 5 == 4:
            text = trade("BTCUSDT", index)
        else:
            quantity = f"{1 + index % 7}.5"
            text = depth("BTCUSDT", update_id + 1, update_id + 2, update_id, [["100", quantity]], [["101", "2.5"]], futures)
            update_id += 2
        made.append(f"{time_ns} {text}\n")
    return made


def write(folder, instrument, text, day="20240101"):
    """Writes the archive and returns its path."""
    path = pathlib.Path(folder) / f"{instrument}_{day}.nsjson.zst"
    data = text.encode() if isinstance(text, str) else text
    subprocess.run(["zstd", "-q", "-f", "-o", str(path)], input=data, check=True)
    return path


def write_pair(folder, change=None, instrument="spot_btcusdt"):
    """Recordings of spot and USD-M; `change` may alter the lines of `instrument`. Returns the count of lines."""
    total = 0
    for name in ("spot_btcusdt", "usdm_btcusdt"):
        made = lines(name)
        if change is not None and name == instrument:
            made = change(made)
        total += len(made)
        write(folder, name, "".join(made))
    return total
