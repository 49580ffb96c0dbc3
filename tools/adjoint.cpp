// The program: sub-commands (tools/commands/), and from whatever goes wrong in them to one message and an exit code.
//
// Exit codes are engine/error.h's: 0 done, 2 usage or configuration, 3 unreadable or invalid input, 4 model and data do
// not match, 5 numerical failure, 6 memory or disk, 7 device not there, 130 interrupted after saving. 1 is a fault of
// the program itself.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <new>

#include "engine/error.h"
#include "tools/commands/command_line.h"
#include "tools/commands/commands.h"
#include "tools/commands/version.h"

using namespace adjoint;

namespace {

int report(const Error& e) {
    std::cerr << (e.code == ExitCode::interrupted ? "interrupted: " : "error: ") << e.what() << "\n";
    return int(e.code);
}

int report(ExitCode code, const std::string& asked, const std::string& found, const std::string& advice) {
    return report(Error(code, asked, found, advice));
}

// The name of the sub-command on the line, for messages: "adjoint fit".
std::string called(const CLI::App& app) {
    auto chosen = app.get_subcommands();
    return chosen.empty() ? "adjoint" : "adjoint " + chosen.front()->get_name();
}

// CLI11 takes an unknown command for a missing one; say which it was, and which there are.
void check_command(const CLI::App& app, int argc, char** argv) {
    std::string known;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (argc > 1 && command->get_name() == argv[1]) return;
        known += (known.empty() ? "" : ", ") + command->get_name();
    }
    if (argc < 2) fail(ExitCode::usage, "adjoint", "a command is missing", "the commands are " + known);
    if (argv[1][0] != '-')
        fail(ExitCode::usage, std::string("adjoint ") + argv[1], "there is no such command",
             "the commands are " + known);
}

}  // namespace

int main(int argc, char** argv) {
    // A reader that goes away (`adjoint inspect FILE | head`) is told by write, not by a signal that ends us unsaved.
    std::signal(SIGPIPE, SIG_IGN);
    // A file that would grow past the shell's limit fails in write, with a message.
    std::signal(SIGXFSZ, SIG_IGN);

    remember_command_line(argc, argv);
    CLI::App app("Adjoint: learned image reconstruction from scratch.", "adjoint");
    app.set_version_flag("--version", version_text);
    app.require_subcommand(1);
    app.set_help_all_flag("--help-all", "Print the help of every sub-command");
    app.footer(
        "`adjoint COMMAND --help` says what a command does. Exit codes: 0 done, 2 usage or configuration,\n"
        "3 invalid input, 4 model and data do not match, 5 numerical failure, 6 memory or disk,\n"
        "7 device not there, 130 interrupted (after saving).");
    try {
        commands::add_all(app);
        check_command(app, argc, argv);
        app.parse(argc, argv);
        std::cout.flush();
        if (!std::cout || std::fflush(stdout) != 0)
            return report(ExitCode::resources, "writing to the standard output", "it takes no more",
                          "check the disk or the program that reads it");
        return 0;
    } catch (const CLI::CallForHelp&) {
        auto chosen = app.get_subcommands();
        std::cout << (chosen.empty() ? &app : chosen.front())->help();
        return 0;
    } catch (const CLI::CallForAllHelp&) {
        std::cout << app.help("", CLI::AppFormatMode::All);
        return 0;
    } catch (const CLI::CallForVersion&) {
        std::cout << version_text();
        return 0;
    } catch (const CLI::ParseError& e) {
        return report(ExitCode::usage, called(app), e.what(), "see `" + called(app) + " --help`");
    } catch (const Error& e) {
        return report(e);
    } catch (const std::bad_alloc&) {
        return report(ExitCode::resources, called(app), "the memory is used up",
                      "close other programs, or use a smaller image or network");
    } catch (const std::filesystem::filesystem_error& e) {
        return report(ExitCode::resources, called(app), e.what(), "check the folder, its permissions and the disk");
    } catch (const std::exception& e) {
        std::cerr << "error: " << called(app) << ": a fault of the program: " << e.what()
                  << "; please report it with the command that led here\n";
        return 1;
    }
}
