"""What cannot be encoded does not compile, and the compiler says one sentence that tells why."""

import subprocess
import sys
import unittest

SOURCE, COMPILER, *INCLUDES = sys.argv[1:]
HEAD = """#include <boost/describe/enum.hpp>
#include <memory>
#include <span>
#include "mycelium/protocol/codec.hpp"
"""


def compile_errors(text, use):
    folders = [argument for folder in [SOURCE, *INCLUDES] for argument in ("-I", folder)]
    done = subprocess.run(
        [COMPILER, "-std=c++23", "-fsyntax-only", "-x", "c++", "-", *folders],
        input=f"{HEAD}{text}\n{use}\n", capture_output=True, text=True, check=False)
    return [line.split("error:", 1)[1] for line in done.stderr.splitlines() if "error:" in line]


def encode(kind):
    return f"auto use(const {kind}& m, std::span<std::byte> to) {{ return mycelium::encode(m, to); }}"


class Refusals(unittest.TestCase):
    def refuses(self, text, sentence, use=None):
        errors = compile_errors(text, use or encode("M"))
        self.assertTrue(any(sentence in error for error in errors), errors)

    def test_a_message_of_supported_members_compiles(self):
        self.assertEqual(compile_errors("struct M { int a; };\nMYCELIUM_MESSAGE(M, 1, \"m\", a)", encode("M")), [])

    # Promises: W9
    def test_members_that_cannot_be_encoded(self):
        for member, sentence in (
                ("const char* p", "points into this process only"),
                ("std::string_view p", "points into this process only"),
                ("std::unique_ptr<int> p", "has a member of a type that cannot be"),
                ("std::span<int> p", "has a member of a type that cannot be"),
                ("std::vector<bool> p", "use std::vector<std::uint8_t>"),
                ("std::vector<std::optional<int*>> p", "points into this process only"),
                ("E p", "BOOST_DESCRIBE_ENUM"),
                ("S p", "BOOST_DESCRIBE_STRUCT"),
                ("long double p", "numbers up to 64 bits")):
            with self.subTest(member=member):
                self.refuses(f"enum class E {{ a }}; struct S {{ int x; }}; struct M {{ {member}; }};\n"
                             'MYCELIUM_MESSAGE(M, 1, "m", p)', sentence)

    # Promises: W9
    def test_ids(self):
        two = ('struct M { int a; };\nMYCELIUM_MESSAGE(M, 1, "m", a)\n'
               'struct N { int a; };\nMYCELIUM_MESSAGE(N, %s, "n", a)')
        use = "constexpr auto count = mycelium::MessageSet<M, N>::kCount;"
        self.assertEqual(compile_errors(two % 2, use), [])
        self.refuses(two % 1, "two messages of this set have the same id", use)
        self.refuses(two % "0xFF00", "message ids are 1 to 0xFEFF", use)

    # Promises: W9
    def test_fields_that_are_left_out(self):
        self.refuses("struct S { int x; int y; };\nBOOST_DESCRIBE_STRUCT(S, (), (x))\nstruct M { S s; };\n"
                     'MYCELIUM_MESSAGE(M, 1, "m", s)', "leaves out a field")
        self.refuses('struct M { int x; int y; };\nMYCELIUM_MESSAGE(M, 1, "m", x)', "must list every field of M")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
