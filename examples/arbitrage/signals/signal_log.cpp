#include "arbitrage/signals/signal_log.hpp"

#include <fmt/format.h>

#include <expected>
#include <iterator>
#include <utility>

#include "arbitrage/market/decimal.hpp"
#include "arbitrage/signals/setting_values.hpp"

namespace arbitrage {
namespace {

// Of each strategy. Grants let one run ahead of the others by a few updates.
constexpr std::size_t kUpdatesWaitingMax = std::size_t{1} << 20;

constexpr std::string_view kFirstLine =
    "time_ns,source,sequence,strategy,kind,first,second,basis_bp,band_low_bp,band_high_bp,"
    "first_bid,first_ask,second_bid,second_ask,position,pnl\n";

std::string_view name_of(SignalKind kind) {
  switch (kind) {
    case SignalKind::enter_long:
      return "enter_long";
    case SignalKind::enter_short:
      return "enter_short";
    case SignalKind::exit:
      return "exit";
  }
  return "unknown";
}

// RFC 4180: a field with a comma, a quote or a line end stands in quotes, quotes inside are
// doubled.
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string{text};
  std::string field = "\"";
  for (const char symbol : text) {
    if (symbol == '"') field += '"';
    field += symbol;
  }
  return field += '"';
}

void append_field(std::string& line, Decimal value) {
  line += ',';
  append_decimal(line, value);
}

// A basis in 1e-8, as bp. What a basis and its band can be leaves room for the factor.
void append_basis_points(std::string& line, std::int64_t basis) {
  append_field(line, basis * (kDecimalScale / kBasisPoint));
}

}  // namespace

mycelium::Result<std::shared_ptr<SignalLog>> SignalLog::open(const std::filesystem::path& path,
                                                             SignalNames names) {
  mycelium::Result<CsvFile> file = CsvFile::open(path);
  if (!file) return std::unexpected{std::move(file.error())};
  return std::make_shared<SignalLog>(std::move(*file), std::move(names));
}

SignalLog::SignalLog(CsvFile file, SignalNames names)
    : file_{std::move(file)},
      names_{std::move(names)},
      aligner_{names_.strategies.size(), kUpdatesWaitingMax} {
  for (std::string& name : names_.instruments) name = csv_field(name);
  for (std::string& name : names_.strategies) name = csv_field(name);
  file_.append(kFirstLine);
}

void SignalLog::push(const StrategyUpdate& update) {
  if (update.strategy >= names_.strategies.size() ||
      aligner_.push(update.strategy, update.signal.at, update) != mycelium::AlignResult::ok) {
    late_.add();
    return;
  }
  release();
}

void SignalLog::advance(const Watermark& watermark) {
  if (watermark.input >= names_.strategies.size()) return;
  aligner_.advance(watermark.input, watermark.upto);
  release();
  file_.flush();
  show_figures();
}

mycelium::Result<void> SignalLog::close() {
  for (std::uint32_t strategy = 0; strategy < names_.strategies.size(); ++strategy) {
    aligner_.advance(strategy, EventTime::end());
  }
  release();
  mycelium::Result<void> closed = file_.close();
  show_figures();
  if (closed && late() > 0) {
    return mycelium::fail(
        "late_updates",
        fmt::format("\"{}\" lacks {} signals that came too late for their place, or too far ahead",
                    file_.path().string(), late()));
  }
  return closed;
}

void SignalLog::release() {
  aligner_.release([this](const StrategyUpdate& update) { write(update); });
}

void SignalLog::append_instrument(std::uint32_t instrument) {
  line_ += ',';
  if (instrument < names_.instruments.size()) {
    line_ += names_.instruments[instrument];
  } else {
    fmt::format_to(std::back_inserter(line_), "{}", instrument);
  }
}

void SignalLog::write(const StrategyUpdate& update) {
  const Signal& signal = update.signal;
  line_.clear();
  fmt::format_to(std::back_inserter(line_), "{},{},{},{},{}", signal.at.time_ns, signal.at.source,
                 signal.at.sequence, names_.strategies[update.strategy], name_of(signal.kind));
  append_instrument(signal.first);
  append_instrument(signal.second);
  append_basis_points(line_, signal.basis);
  append_basis_points(line_, signal.band_low);
  append_basis_points(line_, signal.band_high);
  for (const Level& level :
       {signal.first_bid, signal.first_ask, signal.second_bid, signal.second_ask}) {
    append_field(line_, level.price);
  }
  append_field(line_, update.position);
  append_field(line_, update.pnl);
  line_ += '\n';
  file_.append(line_);
  signals_.add();
}

void SignalLog::show_figures() {
  bytes_.raise_to(file_.bytes());
  lost_.raise_to(file_.lines_lost());
}

}  // namespace arbitrage
