#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <string>

#include "apps/torq/commands.hpp"

namespace {

using torq::ChecksumPolicy;
namespace command = torq::command;

/// The options that say how messages are read.
struct ReadingOptions {
  std::string checksum;  ///< Empty: the policy of each domain.
  unsigned domain_base = 0;

  void add_to(CLI::App& line, const std::string& default_text) {
    line.add_option("--checksum", checksum,
                    "off, verify (right or left out) or required; " + default_text)
        ->check(CLI::IsMember({"off", "verify", "required"}));
    line.add_option("--domain-base", domain_base, "The number of market data on the wire; 0")
        ->check(CLI::Range(0U, 252U));
  }
  [[nodiscard]] torq::ParseOptions parse(const std::string& otherwise) const {
    const std::string& policy = checksum.empty() ? otherwise : checksum;
    torq::ParseOptions options;
    if (policy == "off") options = torq::ParseOptions::with_checksum(ChecksumPolicy::off);
    if (policy == "verify") options = torq::ParseOptions::with_checksum(ChecksumPolicy::verify);
    if (policy == "required") options = torq::ParseOptions::with_checksum(ChecksumPolicy::required);
    options.domain_base = static_cast<std::uint8_t>(domain_base);
    return options;
  }
};

int run(int argc, char** argv) {
  CLI::App line{"Shows, follows and relays messages of Torq Protocol V2", "torq"};
  line.require_subcommand(1);
  line.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);

  command::Decode decode;
  ReadingOptions decode_options;
  CLI::App* const decode_line = line.add_subcommand(
      "decode",
      "Print one line of JSON for each message and fault; the status is 1 when there is a fault");
  decode_line->add_option("file", decode.file, "What to read; - is standard input, as is nothing");
  decode_line->add_flag("--hex", decode.is_hex, "Hexadecimal digits; white space is ignored");
  decode_options.add_to(*decode_line, "verify");

  command::Tail tail;
  ReadingOptions tail_options;
  CLI::App* const tail_line =
      line.add_subcommand("tail", "The same of what a relay sends, until it ends");
  tail_line->add_option("socket", tail.socket, "The relay's socket")->required();
  tail_options.add_to(*tail_line, "verify");

  command::Relay relay;
  ReadingOptions relay_options;
  std::size_t queue_kib = 4096;
  CLI::App* const relay_line =
      line.add_subcommand("relay", "Run a relay until SIGINT or SIGTERM; prints its counts then");
  relay_line->add_option("socket", relay.socket, "Where it listens")->required();
  relay_line
      ->add_option("--queue-kib", queue_kib,
                   "KiB that may wait for a client before it is dropped; 4096")
      ->check(CLI::Range(64U, 1024U * 1024U));
  relay_options.add_to(*relay_line,
                       "verify for market data and system, required for signal and execution");

  try {
    line.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return line.exit(error);  // --help.
    command::complain(fmt::format("{}\n  torq --help says what there is", error.what()));
    return command::kUsage;
  }
  decode.parse = decode_options.parse("verify");
  tail.parse = tail_options.parse("verify");
  relay.parse = relay_options.parse("");
  relay.queue_bytes_max = queue_kib * 1024;
  if (decode_line->parsed()) return command::run(decode);
  if (tail_line->parsed()) return command::run(tail);
  return command::run(relay);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // A reader that goes away is an error of that write.
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    command::complain(error.what());
    return command::kFaulty;
  }
}
