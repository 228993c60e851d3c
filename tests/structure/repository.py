"""The files of the repository as the structure checks see them."""

import os
import pathlib

# Folders that hold no source of ours: build trees, caches, and code that others wrote and we keep as it is.
SKIPPED_FOLDERS = {".git", "build", "__pycache__", ".venv", "third_party"}
CPP_ENDINGS = (".cpp", ".hpp")
SCRIPT_ENDINGS = (".py", ".sh")


class Repository:
    """All files below `root`, as paths relative to it with forward slashes, sorted."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.paths = sorted(self._walk())

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            for name in names:
                yield (pathlib.Path(folder) / name).relative_to(self.root).as_posix()

    def text(self, path):
        """The file's text; "" when it does not exist or is not text."""
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            return ""

    def cpp(self):
        """C++ sources and headers."""
        return [path for path in self.paths if path.endswith(CPP_ENDINGS)]

    def language(self, path):
        """`cpp`, `python`, `shell`, or "" for what no rule about code length applies to."""
        if path.endswith(CPP_ENDINGS):
            return "cpp"
        if path.endswith(SCRIPT_ENDINGS):
            return "python" if path.endswith(".py") else "shell"
        if "." not in path.rsplit("/", 1)[-1]:
            first = self.text(path).split("\n", 1)[0]
            if first.startswith("#!"):
                return "python" if "python" in first else "shell" if "sh" in first else ""
        return ""
