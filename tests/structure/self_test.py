#!/usr/bin/env python3
"""Shows that each structure check can fail: small trees with one planted mistake each, and one without any."""

import pathlib
import tempfile
import unittest

import banned_names
import layers
import machine_paths
import promises
import sizes
from cpp_scanner import blank_comments_and_strings, functions
from repository import Repository


def long_function(name, lines):
    """A C++ function of exactly `lines` lines."""
    return "\n".join([f"int {name}(int x) {{"] + ["  x += 1;"] * (lines - 2) + ["}"]) + "\n"


class Tree(unittest.TestCase):
    """Writes files into a folder that goes away, and runs checks over it."""

    def findings(self, check, files):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                target = pathlib.Path(folder) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            return check(Repository(folder))

    def assert_finds(self, check, files, *expected):
        """Exactly one finding for each expected part of one."""
        found = self.findings(check, files)
        self.assertEqual(len(found), len(expected), found)
        for part, finding in zip(expected, found):
            self.assertIn(part, finding)


class Layers(Tree):
    def include(self, path, included):
        return {path: f'#pragma once\n#include "{included}"\n'}

    def test_lower_own_and_kit_are_allowed(self):
        files = self.include("mycelium/bus/topic.hpp", "mycelium/runtime/worker.hpp")
        files |= self.include("mycelium/bus/a.cpp", "mycelium/bus/detail/b.hpp")
        files |= self.include("mycelium/bus/a_test.cpp", "mycelium/testing/capture.hpp")
        files |= self.include("examples/x/y.cpp", "mycelium/node/app.hpp")
        files |= {"mycelium/base/c.cpp": '// #include "mycelium/node/app.hpp"\n#include <vector>\n'}
        self.assert_finds(layers.check, files)

    def test_a_higher_layer_is_found_with_its_line(self):
        files = self.include("mycelium/base/a.hpp", "mycelium/bus/topic.hpp")
        self.assert_finds(layers.check, files, "mycelium/base/a.hpp:2: includes mycelium/bus/topic.hpp")

    def test_a_neighbour_of_the_same_level_is_found(self):
        files = self.include("mycelium/config/a.hpp", "mycelium/telemetry/counter.hpp")
        self.assert_finds(layers.check, files, "only lower levels")

    def test_the_kit_is_for_tests_only(self):
        files = self.include("mycelium/bus/a.cpp", "mycelium/testing/capture.hpp")
        self.assert_finds(layers.check, files, "level 8")

    def test_a_foreign_detail_folder_is_found(self):
        files = self.include("examples/a.cpp", "mycelium/config/detail/document.hpp")
        self.assert_finds(layers.check, files, "its own affair")

    def test_examples_and_short_paths_are_found(self):
        files = self.include("mycelium/base/a.cpp", "arbitrage/market/frame.hpp")
        files |= self.include("mycelium/base/b.cpp", "result.hpp")
        self.assert_finds(layers.check, files, "a layer includes only layers", "a layer includes only layers")

    def test_an_adapter_that_uses_an_application_is_found(self):
        files = self.include("adapters/torq/a.cpp", "apps/torq/commands.hpp")
        files |= self.include("adapters/torq/b.cpp", "mycelium/actor/system.hpp")
        self.assert_finds(layers.check, files, "an adapter does not include apps/")

    def test_an_unknown_folder_is_found(self):
        self.assert_finds(layers.check, {"mycelium/helpers/a.hpp": "#pragma once\n"}, "no level is known")


class Sizes(Tree):
    def test_the_limits_themselves_are_allowed(self):
        files = {"a.cpp": "\n" * 400, "b.cpp": long_function("f", 60)}
        self.assert_finds(sizes.check_files, files)
        self.assert_finds(sizes.check_functions, files)

    def test_one_line_more_is_found(self):
        self.assert_finds(sizes.check_files, {"a.cpp": "\n" * 401}, "a.cpp: 401 lines")
        self.assert_finds(sizes.check_functions, {"b.cpp": "\n" + long_function("f", 61)}, "b.cpp:2: f has 61")

    def test_scripts_count_as_code_and_texts_do_not(self):
        python = "def f():\n" + "    x = 1\n" * 60
        shell = "#!/usr/bin/env bash\nf() {\n" + "true\n" * 59 + "}\n"
        files = {"a.py": python, "tools/b": shell, "c.md": "\n" * 900}
        self.assert_finds(sizes.check_functions, files, "a.py:1: f has 61", "tools/b:2: f has 61")
        self.assert_finds(sizes.check_files, files)

    def test_an_exception_needs_a_reason_a_file_and_a_cause(self):
        long_file = {"a.cpp": "\n" * 401, "b.cpp": ""}
        self.assert_finds(sizes.check_files, long_file | {sizes.EXCEPTIONS: "a.cpp a table of codes\n"})
        self.assert_finds(sizes.check_files, long_file | {sizes.EXCEPTIONS: "a.cpp\n"}, "gives no reason")
        stale = {sizes.EXCEPTIONS: "a.cpp a table\nb.cpp a table\nc.cpp a table\n"}
        self.assert_finds(sizes.check_files, long_file | stale, "'c.cpp' names a file", "'b.cpp' is", "'c.cpp' is")
        excepted = {"b.cpp": long_function("f", 61), sizes.EXCEPTIONS: "b.cpp:f one switch over all codes\n"}
        self.assert_finds(sizes.check_functions, excepted)

    def test_braces_that_do_not_match_are_found(self):
        self.assert_finds(sizes.check_functions, {"a.cpp": "int f() {\n"}, "cannot tell its functions apart")


class Scanner(unittest.TestCase):
    def names(self, text):
        return [(found.name, found.last_line - found.first_line + 1) for found in functions(text)]

    def test_members_constructors_and_free_functions_are_found(self):
        text = """
namespace a::b {
class alignas(64) Ring final : public Base<int> {
 public:
  explicit Ring(int n, Options options = {})
      : slots_{n}, other_(make({1, 2})),
        third_{n} {
    for (int i = 0; i < n; ++i) { use('{', "}", R"({)"); }
  }
  ~Ring() { stop(); }
  [[nodiscard]] auto at(int i) const noexcept -> std::vector<int> { return {i}; }
  bool operator==(const Ring& other) const { return true; }
  void operator()() noexcept {}
 private:
  alignas(64) std::atomic<int> head_{0};
  std::array<int, 3> slots_ = {1'000, 2, 3};
};
MYCELIUM_MESSAGE(Point, 1, "p", x)
template <typename T, int kN = 3>
  requires std::integral<T>
constexpr T twice(T x) {
  return x * 2;  // }
}
}  // namespace a::b
"""
        self.assertEqual(
            self.names(text),
            [("Ring", 5), ("Ring", 1), ("at", 1), ("operator==", 1), ("operator()", 1), ("twice", 4)],
        )

    def test_tests_are_named_and_lambdas_belong_to_their_function(self):
        text = """
TEST(Ring, KeepsOrder) {
  auto f = [&](int x) {
    struct Local { int y() { return 1; } };
    return x;
  };
}
const auto kParse = [](int x) {
  return x;
};
"""
        self.assertEqual(self.names(text), [("TEST(Ring,KeepsOrder)", 6), ("kParse", 3)])

    def test_tables_enums_macros_and_declarations_are_no_functions(self):
        text = """
SOME_MACRO(x)
namespace { int hidden; }
#define OPEN(x) \\
  if (x) {
extern "C" { int f(int); }
enum class Color : std::uint8_t { red, green };
struct Point { int x{1}; int y = make(2); };
constexpr std::array<Entry, 2> kTable{{{1, "a"}, {2, "b"}}};
static const std::map<int, int> kMap = {{1, f(2)}};
inline namespace v1 { using X = int; }
"""
        self.assertEqual(self.names(text), [])

    def test_blanking_keeps_lines_and_columns(self):
        text = 'int a; // steady_clock\nauto s = "steady_clock"; f(x);\n'
        blanked = blank_comments_and_strings(text)
        self.assertEqual(len(blanked), len(text))
        self.assertNotIn("steady_clock", blanked)
        self.assertIn("f(x);", blanked)


class BannedNames(Tree):
    def test_code_that_only_speaks_of_them_is_allowed(self):
        text = '// std::random_device\n#include "x/system_clock.hpp"\nauto s = "rand()"; parker.sleep(t); brand(x);\n'
        self.assert_finds(banned_names.check, {"mycelium/a.cpp": text})

    def test_each_banned_name_is_found(self):
        for code in (
            "std::chrono::system_clock::now()", "steady_clock::now()", "clock_gettime(c, &t)", "std::time(nullptr)",
            "sleep_for(1ms)", "::usleep(3)", "std::this_thread::yield()", "std::random_device r", "std::rand()",
            "srand(1)", "std::mt19937 r", "std::mt19937_64 r", "sched_yield()", "__rdtsc()", "::sleep(n)", "sleep(1)",
        ):  # fmt: skip
            with self.subTest(code):
                found = self.findings(banned_names.check, {"tests/a_test.cpp": f"\nvoid f() {{ {code}; }}\n"})
                self.assertTrue(found and found[0].startswith("tests/a_test.cpp:2: "), found)

    def test_a_name_may_stand_in_its_home(self):
        self.assert_finds(banned_names.check, {"mycelium/runtime/os_clock.cpp": "clock_gettime(clock, &now);\n"})


class Promises(Tree):
    PROMISES = {promises.SEMANTICS: "- **D1** In order. **A12** Another.\n"}

    def test_promises_above_tests_are_held(self):
        text = "// Promises: D1\nTEST(A, B) {}\n// Promises: A12\n// A story.\nTEST_F(A, C) {}\n"
        self.assert_finds(promises.check_tests, self.PROMISES | {"a_test.cpp": text})

    def test_a_promise_without_a_test_is_found(self):
        text = "// Promises: D1\nTEST(A, B) {}\n"
        self.assert_finds(promises.check_tests, self.PROMISES | {"a_test.cpp": text}, "no test names A12")

    def test_a_line_above_no_test_and_an_unknown_id_are_found(self):
        text = "// Promises: D1, A12, D2\nint x;\n"
        expected = ("stands above no test", "names D2")
        self.assert_finds(promises.check_tests, self.PROMISES | {"a_test.cpp": text}, *expected)

    def test_a_missing_list_of_promises_is_found(self):
        self.assert_finds(promises.check_tests, {"a_test.cpp": ""}, "is missing")

    def test_a_promise_that_no_fault_breaks_is_found(self):
        fault = {"tests/planted/a.patch": "Promise: D1\nBreaks: x\nCaught-by: y\n\ndiff --git a/x b/x\n"}
        self.assert_finds(promises.check_breakable, self.PROMISES | fault, "breaks A12")
        both = {"tests/planted/a.patch": fault["tests/planted/a.patch"].replace("D1", "D1, A12")}
        self.assert_finds(promises.check_breakable, self.PROMISES | both)

    def test_planted_faults_need_a_whole_header_and_a_real_promise(self):
        good = "Promise: D1\nBreaks: the order\nCaught-by: Mailbox\n\ndiff --git a/x b/x\n"
        self.assert_finds(promises.check_planted, self.PROMISES | {"tests/planted/a.patch": good})
        unknown = {"tests/planted/a.patch": good.replace("D1", "Z9")}
        self.assert_finds(promises.check_planted, self.PROMISES | unknown, "breaks Z9")
        headless = {"tests/planted/a.patch": good.replace("Caught-by: Mailbox\n", "")}
        self.assert_finds(promises.check_planted, self.PROMISES | headless, "'Caught-by: ...'")

    def test_planted_faults_fit_the_files_that_they_break(self):
        patch = ("Promise: D1\nBreaks: the order\nCaught-by: Mailbox\n\ndiff --git a/x.cpp b/x.cpp\n--- a/x.cpp\n+++ b/x.cpp\n"
                 "@@ -1,2 +1,2 @@\n int a;\n-int b;\n+int c;\n")
        tree = self.PROMISES | {"tests/planted/a.patch": patch}
        self.assert_finds(promises.check_planted, tree | {"x.cpp": "int a;\nint b;\n"})
        self.assert_finds(promises.check_planted, tree | {"x.cpp": "int a;\nint d;\n"}, "does not fit x.cpp")
        self.assert_finds(promises.check_planted, tree, "does not fit x.cpp")


class MachinePaths(Tree):
    def test_paths_of_a_machine_are_found_and_relative_ones_are_not(self):
        for bad in ("/wor" + "k/main/x", "/hom" + "e/ann/x", "../shared/desig" + "n/x"):
            self.assert_finds(machine_paths.check, {"a.md": f"see\n`{bad}`\n"}, "a.md:2")
        self.assert_finds(machine_paths.check, {"a.md": "../shared/data, frame/wor" + "k/x, /usr/share/x\n"})


if __name__ == "__main__":
    unittest.main()
