"""Finds comments, strings and functions in C++ text, well enough for clang-formatted code.

A real parser would need every include and define; this one needs only tokens and braces, so it also reads code
that does not compile yet. Preprocessor lines are skipped, so a function inside a macro is not seen.
"""

import collections
import re

Token = collections.namedtuple("Token", "text line")
Function = collections.namedtuple("Function", "name first_line last_line")

TOKEN = re.compile(
    r"""
    (?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)
  | (?P<preprocessor>^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<raw>(?:u8|[uUL])?R"(?P<fence>[^()\\\s]*)\(.*?\)(?P=fence)")
  | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
  | (?P<character>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
  | (?P<number>\.?\d(?:[eEpP][+-]|'?[\w.])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<punctuation>::|->|\[\[|\]\]|[^\s\w])
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
NOT_CODE = {"comment", "raw", "string", "character"}
TYPE_WORDS = {"class", "struct", "union", "enum", "namespace", "extern"}
ACCESS_WORDS = {"public", "private", "protected"}


def blank_comments_and_strings(text):
    """The same text, same lines and columns, with spaces for comments, strings and characters."""

    def blank(match):
        if match.lastgroup == "fence" or match.lastgroup in NOT_CODE:
            return re.sub(r"[^\n]", " ", match.group())
        if match.lastgroup == "preprocessor":  # The path of an #include, a comment behind a #define.
            return re.sub(r'"[^"\n]*"|//.*', lambda part: " " * len(part.group()), match.group())
        return match.group()

    return TOKEN.sub(blank, text)


def tokens(text):
    """The tokens that matter to braces: comments and preprocessor lines left out, literals as `""`."""
    line, position = 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        kind = match.lastgroup
        if kind in ("comment", "preprocessor"):
            continue
        yield Token('""' if kind in NOT_CODE or kind == "fence" else match.group(), line)


LEADING_CLAUSES = {"template": ("<", ">"), "[[": ("[[", "]]"), "alignas": ("(", ")")}


def _clause_length(statement):
    """How many tokens the first clause has, closing bracket included."""
    opening, closing = LEADING_CLAUSES.get(statement[0].text, ("(", ")"))
    depth = 0
    for index, token in enumerate(statement):
        depth += (token.text == opening) - (token.text == closing)
        if depth == 0 and token.text == closing:
            return index + 1
    return len(statement)


def _is_macro_line(statement):
    """Whether the statement begins with a macro call that needs no semicolon, as MYCELIUM_MESSAGE(...)."""
    if len(statement) < 2 or not statement[0].text.isupper() or statement[1].text != "(":
        return False
    after = statement[_clause_length(statement) :]
    return bool(after) and re.match(r"[A-Za-z_\[]", after[0].text) is not None


def _without_clauses(statement):
    """Drops what may lead a declaration: `template <...>`, [[attributes]], `alignas(...)`, macro calls."""
    while statement and (statement[0].text in LEADING_CLAUSES or _is_macro_line(statement)):
        statement = statement[_clause_length(statement) :]
    return statement


def _top_level(words):
    """The words outside all parentheses; each parenthesised group stands as `()`."""
    depth, outside = 0, []
    for word in words:
        if word == "(":
            depth += 1
            if depth == 1:
                outside.append("()")
        elif word == ")":
            depth -= 1
        elif depth == 0:
            outside.append(word)
    return outside


def _is_assignment(outside):
    """Whether a top-level `=` stands there that is not part of an operator's name."""
    return any(
        word == "=" and "operator" not in outside[max(0, index - 3) : index]
        for index, word in enumerate(outside)
    )


def _opening_kind(statement):
    """What a `{` after these tokens opens: `scope`, `function`, or `value` (braces inside a statement)."""
    words = [token.text for token in statement]
    if words.count("(") > words.count(")"):
        return "value"  # A default argument, or the argument of a macro.
    outside = _top_level(words)
    if outside and outside[0] == "inline" and outside[1:2] == ["namespace"]:
        return "scope"
    head = outside[outside.index("requires") + 1 :] if outside[:1] == ["requires"] else outside
    if any(word in TYPE_WORDS for word in head[:1]) or (
        outside[:1] == ["requires"] and any(word in TYPE_WORDS for word in head)
    ):
        return "scope"
    if _is_assignment(outside):
        return "function" if words[-1] == ")" and "[" in outside else "value"
    if "()" not in outside:
        return "value"
    if ":" in outside[outside.index("()") :] and re.match(r"\w|>", words[-1]):
        return "value"  # A member's initialiser, as in `: slots_{}`.
    return "function"


def _function_name(statement):
    """The word before the parameter list; the parts of TEST(Suite, Case) joined."""
    words = [token.text for token in statement]
    if _is_assignment(_top_level(words)):
        return words[words.index("=") - 1]
    opening = words.index("(")
    name = words[opening - 1] if opening else "?"
    if name.startswith(("TEST", "TYPED_TEST", "BENCHMARK")):
        return f"{name}({''.join(words[opening + 1 : words.index(')', opening)])})"
    if "operator" in words[:opening]:
        return "".join(words[words.index("operator") : opening]) + ("()" if name == "operator" else "")
    return name


def functions(text):
    """Every function with its first line (of its signature) and last line. Raises ValueError on stray braces."""
    found, statement, scopes = [], [], []
    body_depth = 0  # Braces open inside the current function; everything in there is its body.
    current = None
    for token in tokens(text):
        if body_depth:
            body_depth += (token.text == "{") - (token.text == "}")
            if body_depth == 0:
                found.append(Function(current.name, current.first_line, token.line))
                statement = []
        elif token.text == "{":
            head = _without_clauses(statement)
            kind = _opening_kind(head)
            if kind == "function":
                current = Function(_function_name(head), head[0].line, 0)
                body_depth = 1
            else:
                scopes.append((kind, statement))
                statement = [] if kind == "scope" else statement + [Token("(", token.line)]
        elif token.text == "}":
            if not scopes:
                raise ValueError(f"line {token.line}: a brace closes that nothing opened")
            kind, before = scopes.pop()
            statement = [] if kind == "scope" else before + [Token("}", token.line)]
        elif token.text == ";" and not (scopes and scopes[-1][0] == "value"):
            statement = []
        elif token.text == ":" and len(statement) == 1 and statement[0].text in ACCESS_WORDS:
            statement = []
        else:
            statement.append(token)
    if scopes or body_depth:
        raise ValueError("a brace is never closed")
    return found
