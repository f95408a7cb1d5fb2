"""made_up_lab.py - a small finished kernel with functions of every kind, and labs, to test how labs are derived"""
import textwrap

TREE = {
    "kernel/space.cc": """
        #include "space.hh"
        #include "lib.hh"

        constexpr int limit = 4;        // a comment

        // What a table's entry covers.
        //    Two lines.
        static int span_of(int level) {
            return 1 << level;
        }
        static int twice(int level) { return 2 * span_of(level); }

        int space::map(void* page, unsigned long perm) const {
            return page ? int(perm) : limit;
        }
        int space::map(unsigned long pa, unsigned long perm) const {
            return twice(int(pa + perm));
        }

        // Make one.
        space::space(int owner)
            : owner_(owner) {
            auto odd = [](int i) {
                return i % 2;
            };
            owner_ += odd(owner);
        }

        space::~space() {
            owner_ = 0;
        }

        space& space::operator+=(int n) {
            owner_ += n;
            return *this;
        }
        space::operator bool() const {
            return owner_ != 0;
        }
        int space::operator()(int n) const {
            return n;
        }

        template <typename F>
        static void for_each_child(int parent, F function) {
            for (int i = 0; i < parent; ++i) function(i);
        }

        namespace {
        int hidden() {
            return 7;
        }
        }

        extern "C" {
        // Called from assembly.
        void entry(int (*callback)(int), char text[]) {
            for_each_child(callback(hidden()), [&](int i) { text[i] = 0; });
        }
        }

        extern "C" void leave() {
        }

        [[gnu::noinline]]
        unsigned long
        far_away() {
            return 9;
        }
        """,
    "kernel/space.hh": """
        struct space {
            int owner() const { return owner_; }
            int owner_;
        };
        """,
    "kernel/a.cc": '#include "lib.hh"\n\nint a() {\n    return 1;\n}\n',
    "kernel/b.cc": '#include "b.hh"\n#include "lib.hh"\n\n// Two.\nint b() {\n    return 2;\n}\n',
    "user/u-lib.hh": "#define NOTHING 0\n",
    "user/p-fork.cc": '#include "u-lib.hh"\n',
    "tests/programs/p-test-fork.cc": '#include "u-test.hh"\n',
    "tests/programs/u-test.hh": '#include "u-lib.hh"\n',
    "labs/u-check.hh": "// watched\n",
    "tests/grade": "#!/usr/bin/env python3\n",
    "tests/grading/run.py": "class Wrong(Exception): pass\n",
    "tests/grading/classes.py": "pass\n",
    "tests/problems.py": "pass\n",
    "tests/conftest.py": "pass\n",
    "labs/common/files/.gitignore": "/obj/\n__pycache__/\n",
    "docs/log.md": "the log\n",
    "docs/secret.md": "the solution\n",
    "tests/test_x.py": "pass\n",
    "labs/one/lab.toml": """
        title = "One"
        files = ["kernel/space.cc", "kernel/both.cc"]
        remove = ["docs/secret.md"]
        rooms = []
        [merge]
        "kernel/both.cc" = ["kernel/a.cc", "kernel/b.cc"]
        [[step]]
        name = "first"
        title = "The first"
        functions = ["kernel/space.cc:span_of"]
        [[step]]
        name = "second"
        title = "The second"
        functions = ["kernel/space.cc:space::map(unsigned long, unsigned long)", "kernel/both.cc:b"]
        """,
    "labs/one/base/files/kernel/new.cc": "int n;\n",
    "labs/one/base/bodies/kernel/space.cc": '#include "more.hh"\n\nextern "C" void leave() {\n    hlt();\n}\n',
    "labs/one/start/first/bodies/kernel/space.cc": """
        // Write me.
        static int span_of(int) {
            return 0;
        }
        """,
    "labs/one/start/second/bodies/kernel/space.cc": """
        // absent: twice

        // Later.
        static int span_of(int level) {
            return level;
        }

        int space::map(unsigned long, unsigned long) const {
            return -1;
        }
        """,
    "labs/one/start/second/bodies/kernel/both.cc": "int b() {\n    return 0;\n}\n",
    "labs/two/lab.toml": """
        title = "Two"
        files = ["kernel/a.cc"]
        [over]
        lab = "one"
        keep = ["kernel/space.cc"]
        but = ["kernel/space.cc:span_of"]
        [[step]]
        name = "only"
        title = "Only"
        """,
    "labs/three/lab.toml": """
        title = "Three"
        files = ["kernel/both.cc"]
        [from]
        lab = "one"
        step = 0
        [[step]]
        name = "b"
        title = "B"
        functions = ["kernel/both.cc:b"]
        """,
    "labs/three/start/b/bodies/kernel/both.cc": "int b() {\n    return 3;\n}\n",
    "labs/one/README.md": """
        # One

        What to build.

        ## The first

        ![right](pictures/first-right.png)
        """,
    "labs/one/pictures/first-right.png": "a picture\n",
    "labs/one/checks.toml": """
        [[check]]
        id = "seen"
        step = "first"
        title = "What is seen"
        points = 40
        visibility = "visible"
        needs = ["unseen"]
        program = "check-seen"
        property = "seen"
        seconds = 0.5
        [[check.scenario]]
        seed = 7
        words = "audit=off"
        [[check]]
        id = "unseen"
        step = "second"
        title = "Whatever else"
        points = 60
        visibility = "hidden"
        program = "check-unseen"
        property = "surprise"
        """,
    "labs/one/checks.py": "from looking import look\n\n\ndef seen(run):\n    look(run)\n",
    "labs/one/looking.py": "def look(run):\n    return run\n",
    "labs/one/hidden_looking.py": "def stare(run):\n    return run\n",
    "labs/one/hidden_checks.py": "from hidden_looking import stare\n\n\ndef surprise(run):\n    stare(run)\n",
    "labs/one/check/p-check-seen.cc": '#include "u-check.hh"\n#include "u-help.hh"\n',
    "labs/one/check/p-check-unseen.cc": '#include "u-check.hh"\n',
    "labs/one/check/u-help.hh": "// helps\n",
}


def write_tree(root, changes=None):
    """Writes TREE, changed (None: without that file), into `root`, and returns that."""
    for path, text in {**TREE, **(changes or {})}.items():
        if text is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(textwrap.dedent(text).lstrip("\n"))
    return root
