// How a process that runs one mistake (test_emulator --bug=NAME) ends, if no sanitizer ends it.
#pragma once

enum { bug_unnoticed = 0, bug_in_result = 42, bug_reported = 43, bug_unknown = 44 };
