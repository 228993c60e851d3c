#pragma once

#include <cstdint>
#include <string>

#include "adapters/torq/stream_reader.hpp"

namespace torq {

// What people and programs read of relay traffic, one JSON object each, without a line end. Numbers
// are exact integers, also above 2^53 and, for u128, above 2^64; addresses and opaque bytes are
// strings `"0x..."`. Of a book, a pool's reserves and an invalidation the entries in use are shown.

/// `{"offset":0,"domain":0,"source":2,"sequence":7,"timestamp_ns":1,"tlvs":[{"type":1,...}]}`;
/// appended to `out`. The domain is counted from 0, whatever the domain base.
void append_json(std::string& out, const StreamMessage& message);
/// `{"offset":0,"error":"bad_magic","detail":"...","skipped":4}`
void append_json(std::string& out, const StreamFault& fault);
/// `{"type":1,"name":"Trade","size":40,"fields":{...}}`
void append_json(std::string& out, const Tlv& tlv);

}  // namespace torq
