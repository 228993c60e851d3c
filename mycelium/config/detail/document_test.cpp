#include "mycelium/config/detail/document.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "mycelium/config/toml_loader.hpp"

namespace mycelium::detail {
namespace {

std::string message_of(std::string_view text) {
  const auto document = parse_document(text);
  return document ? "accepted" : format(document.error(), "t");
}

TEST(Document, KeepsTheOrderAndThePlacesOfTheFile) {
  const Table table = parse_document("z = 1\na = 'x'\n[m]\nk = [true]\n").value();
  ASSERT_EQ(table.size(), 3U);
  EXPECT_EQ(table[0].key, "z");
  EXPECT_EQ(table[0].key_at, (SourcePosition{1, 1}));
  EXPECT_EQ(table[0].node.at, (SourcePosition{1, 5}));
  EXPECT_EQ(table[1].key, "a");
  EXPECT_EQ(table[2].node.at, (SourcePosition{3, 1}));
  const Member& inner = std::get<Table>(table[2].node.value).at(0);
  EXPECT_EQ(std::get<Array>(inner.node.value).at(0).at, (SourcePosition{4, 6}));
}

TEST(Document, CountsColumnsInCodePoints) {
  const Table table = parse_document("'\xc3\xa9' = 1").value();
  EXPECT_EQ(table[0].node.at, (SourcePosition{1, 7}));
}

TEST(Document, ReportsTheFirstSyntaxErrorWithItsPlace) {
  EXPECT_EQ(message_of("a = 1\nb = \n"),
            "t:2:5: not valid TOML: Error while parsing key-value pair: expected value, saw '\\n'");
  EXPECT_EQ(message_of("a = 1\na = 2\n"),
            "t:2:5: not valid TOML: Error while parsing key-value pair: cannot redefine existing "
            "integer 'a'");
  EXPECT_EQ(message_of("a = \"\xff\""),
            "t:1:5: not valid TOML: Encountered invalid utf-8 sequence");
}

// The three following texts ended the process in toml++ 3.3.0 with assertions or UBSan on.
TEST(Document, SurvivesAnUnexpectedCharacterInATableHeader) {
  EXPECT_EQ(
      message_of("[$]"),
      "t:1:2: not valid TOML: Error while parsing key: expected bare key starting character or "
      "string delimiter, saw '$'");
}

TEST(Document, SurvivesAMissingValueInAnArray) {
  EXPECT_EQ(message_of("a = [ }]").substr(0, 22), "t:1:7: not valid TOML:");
}

TEST(Document, SurvivesLettersOfOtherLanguagesOutsideOfStrings) {
  EXPECT_EQ(message_of("\xc3\xa9 = 1").substr(0, 22), "t:1:1: not valid TOML:");
  EXPECT_EQ(message_of("a = 1\xc3\xa9").substr(0, 20), "t:1:6: not valid TOM");
}

TEST(Document, AContinuedLineMayGoOnWithAnyLetter) {
  const Table table = parse_document("a = \"\"\"x\\\n  \xc3\xa9\"\"\"").value();
  EXPECT_EQ(std::get<std::string>(table[0].node.value), "x\xc3\xa9");
}

TEST(Document, RefusesTooLargeAText) {
  std::string text = "#";
  text.resize(kTopologyBytesMax, ' ');
  EXPECT_EQ(message_of(text), "accepted");
  text += ' ';
  EXPECT_EQ(message_of(text), "t:1:1: expected a file of at most 4194304 bytes, got 4194305");
}

TEST(Document, RefusesTooDeepANesting) {
  const std::string deepest = "\na = " + std::string(16, '[') + std::string(16, ']');
  EXPECT_EQ(message_of(deepest), "accepted");
  EXPECT_EQ(message_of("\na = " + std::string(1'000'000, '[')),
            "t:2:21: expected at most 16 values within each other; make the file flatter");
}

TEST(Document, RefusesTooManyDotsInAKey) {
  const auto dotted = [](int dots) {
    std::string key = "a";
    for (int dot = 0; dot < dots; ++dot) key += " . a";
    return key;
  };
  EXPECT_EQ(message_of(dotted(16) + " = 1"), "accepted");
  EXPECT_EQ(message_of(fmt::format("[{}]", dotted(16))), "accepted");
  EXPECT_EQ(message_of(dotted(17) + " = 1"),
            "t:1:67: expected at most 16 dots in one key; make the file flatter");
  EXPECT_EQ(message_of(fmt::format("[{}]", dotted(1'000'000))),
            "t:1:68: expected at most 16 dots in one key; make the file flatter");
}

TEST(Document, CountsNeitherDotsNorBracketsInStringsAndComments) {
  const std::string many = std::string(50, '.') + std::string(50, '[');
  EXPECT_EQ(
      message_of("# " + many + "\na = \"" + many + "\\\"" + many + "\"\nb = '" + many +
                 "\\' # \" " + many + "\nc = \"\"\"" + many + "\n\"\" " + many +
                 " \\\"\"\"\"\"\nd = '''" + many + "''" + many + "'''''\n\"" + many + "\" = ''\n"),
      "accepted");
}

TEST(Document, AQuoteThatClosesIsNotTakenForOneThatOpens) {
  const std::string deep = "\nx = " + std::string(17, '[');
  for (const std::string before :
       {"a = \"\"", "a = ''", "a = \"\"\"\"\"\"", "a = \"\"\"b\"\"\"\"\"", "a = '''''''' # '''",
        "a = \"\\\\\"", "a = '\\'", "a = 1 # \"", "\"\".\"\" = 1"}) {
    EXPECT_NE(message_of(before + deep).find("16 values"), std::string::npos) << before;
  }
  // Given a string whose last character is a quote, when brackets follow on the same line
  const std::string same_line = "a = [\"\"\"b\"\"\"\", " + std::string(16, '[');
  EXPECT_NE(message_of(same_line).find("16 values"), std::string::npos);
}

TEST(Document, DescribesEveryKindOfValue) {
  const Table table = parse_document(
                          "a=true\nb=-5\nc=0.5\nd='x'\ne=[]\nf={}\ng=2024-08-08\nh=10:00:00\n"
                          "i=2024-08-08T10:00:00Z")
                          .value();
  std::string described;
  for (const Member& member : table) described += describe(member.node) + "|";
  EXPECT_EQ(described,
            "true|the integer -5|the number 0.5|\"x\"|an array|a table|a date|a time|a date and "
            "time|");
}

}  // namespace
}  // namespace mycelium::detail
