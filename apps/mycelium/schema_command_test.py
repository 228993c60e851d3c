"""The command `mycelium schema` as a user calls it."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMMAND, LIBRARY = sys.argv[1:3]


def run(*arguments):
    done = subprocess.run([COMMAND, "schema", *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


class SchemaCommand(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        code, self.exported, _ = run("export", LIBRARY)
        self.assertEqual(code, 0)
        self.before = self.write("before.json", self.exported)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return self.folder / name

    def changed(self, change):
        schema = json.loads(self.exported)
        change({message["name"]: message for message in schema["messages"]})
        return self.write("after.json", json.dumps(schema))

    # Promises: W6
    def test_export_and_show(self):
        names = [message["name"] for message in json.loads(self.exported)["messages"]]
        self.assertEqual(names, ["Quote", "Note"])
        code, shown, _ = run("show", self.before)
        self.assertEqual(code, 0)
        self.assertIn('message Quote = 11 on "market.quote", fixed layout of 16 bytes', shown)

    # Promises: W6
    def test_added_field_is_fully_compatible(self):
        def add(messages):
            messages["Note"]["fields"].insert(0, {"name": "author", "type": "text"})
            messages["Quote"]["fields"].append({"name": "size", "type": "u32", "offset": 16})

        self.assertEqual(run("check", self.before, self.changed(add))[:2], (0, "compatibility: full\n"))

    # Promises: W6
    def test_removed_field_is_named_with_what_to_do(self):
        after = self.changed(lambda messages: messages["Note"]["fields"].pop())
        code, out, _ = run("check", self.before, after)
        self.assertEqual(code, 1)
        self.assertIn("message Note, field text: was removed: old programs would get its default", out)
        self.assertIn("keep it until none of them runs", out)
        self.assertTrue(out.endswith("compatibility: backward\n"))
        self.assertEqual(run("check", "--allow", "backward", self.before, after)[0], 0)
        self.assertEqual(run("check", "--allow", "forward", self.before, after)[0], 1)
        self.assertEqual(run("check", after, self.before)[:2], (0, "compatibility: full\n"))

    def test_bad_input_is_said(self):
        code, _, err = run("check", self.before, self.folder / "missing.json")
        self.assertEqual(code, 2)
        self.assertIn("cannot read", err)
        code, _, err = run("show", self.write("bad.json", '{"wire": 1, "messages": [{"id": 0}]}'))
        self.assertEqual(code, 2)
        self.assertIn("bad.json: schema document, at messages[0]: \"name\" must be a text", err)
        code, _, err = run("export", self.before)
        self.assertEqual(code, 2)
        self.assertIn("cannot load", err)
        self.assertEqual(run("chek")[0], 2)
        self.assertEqual(run("check", self.before)[0], 2)
        self.assertEqual(run("check", "--allow", "some", self.before, self.before)[0], 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
