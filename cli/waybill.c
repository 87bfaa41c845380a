/* SPDX-License-Identifier: Apache-2.0 */
/* waybill: finds the command and runs it. */
#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct wb_command commands[] = {
    {"sbom", "write the SBOM of a container image or root file system", wb_sbom_command},
    {"convert", "write an SBOM document in another format", wb_convert_command},
    {"validate", "judge an SBOM document, its structure and what it says", wb_validate_command},
    {"diff", "say what changed between two SBOM documents or images", wb_diff_command},
    {"query", "find packages, files, licences and dependencies", wb_query_command},
    {"merge", "make one SBOM document of many", wb_merge_command},
    {"audit", "find what a hardening team would object to in an image", wb_audit_command},
    {"harden", "suggest steps that remove what an audit finds", wb_harden_command},
    {"sign", "sign a container image", wb_sign_command},
    {"attest", "sign a statement about an image, such as its SBOM", wb_attest_command},
    {"sign-blob", "sign a file", wb_sign_blob_command},
    {"attest-blob", "sign a statement about a file", wb_attest_blob_command},
    {"verify", "verify the signatures of an image, and all its blobs", wb_verify_command},
    {"verify-attestation", "verify signed statements about an image",
     wb_verify_attestation_command},
    {"verify-blob", "verify the signature of a file", wb_verify_blob_command},
    {"verify-blob-attestation", "verify a signed statement about a file",
     wb_verify_blob_attestation_command},
    {"policy", "check a policy, and say what it demands", wb_policy_command},
    {"trust", "keep what a site trusts, in versions that follow each other", wb_trust_command},
    {"pack", "pack images with their proofs, and files, for transport on media", wb_pack_command},
    {"unpack", "verify a delivery, then take it apart", wb_unpack_command},
    {"resign", "verify a delivery, then add a signature to the sender's", wb_resign_command},
    {"attach", "attach to an image what was made elsewhere", wb_attach_command},
    {"tree", "list what is attached to an image", wb_tree_command},
    {"download", "print what is attached to an image", wb_download_command},
    {"clean", "remove what is attached to an image", wb_clean_command},
    {"generate-key-pair", "make a key pair to sign with", wb_generate_key_pair_command},
    {"import-key-pair", "encrypt a private key made elsewhere", wb_import_key_pair_command},
    {"public-key", "print the public half of a key", wb_public_key_command},
    {"version", "say which version this is", wb_version_command},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

_Noreturn void wb_out_of_memory(size_t requested)
{
    /* Nothing here may allocate. */
    char line[96];
    int size =
        snprintf(line, sizeof line, "waybill: out of memory (%zu bytes asked for)\n", requested);
    if (write(STDERR_FILENO, line, (size_t)size) < 0)
        _exit(WB_SYSTEM);
    _exit(WB_SYSTEM);
}

void wb_say_error(const struct wb_error *err)
{
    fprintf(stderr, "waybill: %s\n", err->message);
}

/* Through an error, because that makes it one printable line. */
static void say(const char *kind, const char *message)
{
    struct wb_error line = WB_ERROR_INIT;
    wb_error_set(&line, WB_OK, "%s", message);
    fprintf(stderr, "waybill: %s: %s\n", kind, line.message);
}

void wb_say_warning(const char *message)
{
    say("warning", message);
}

void wb_say_note(const char *message)
{
    say("note", message);
}

static void print_help(FILE *stream)
{
    fprintf(stream,
            "Usage: waybill COMMAND [OPTION...] [ARGUMENT...]\n\n"
            "Writes the papers that travel with a container image to a site without network.\n\n"
            "Commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-23s %s\n", commands[i].name, commands[i].summary);
    fprintf(stream,
            "\n`waybill COMMAND --help` shows the options and examples of a command.\n\n"
            "Exit status: 0 done and every check held, 1 a check failed, 2 wrong command line,\n"
            "3 the input is malformed or unsupported, 4 the machine failed.\n\n"
            "Example:\n"
            "  waybill sbom oci:build/image:v1 -o spdx-json=image.spdx.json\n");
}

static const struct wb_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* popt takes the name for "Usage:" from argv[0]. */
static enum wb_status run_command(const struct wb_command *command, int argc, const char **argv)
{
    WB_AUTO_STRING name = wb_string_format("waybill %s", command->name);
    argv[0] = name;
    return command->run(argc, argv);
}

static enum wb_status run(int argc, const char **argv)
{
    struct wb_error err = WB_ERROR_INIT;
    if (argc < 2) {
        print_help(stderr);
        return WB_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        const struct wb_command *command = argc > 2 ? find_command(argv[2]) : NULL;
        if (argc <= 2 || command == NULL) {
            print_help(stdout);
            return argc <= 2 ? WB_OK : WB_USAGE;
        }
        const char *help[] = {NULL, "--help", NULL};
        return run_command(command, 2, help);
    }
    if (strcmp(name, "--version") == 0)
        name = "version";
    const struct wb_command *command = find_command(name);
    if (command == NULL) {
        wb_error_set(&err, WB_USAGE, "there is no command `%s`; `waybill --help` lists them", name);
        wb_say_error(&err);
        return err.status;
    }
    return run_command(command, argc - 1, argv + 1);
}

static void end_by_signal(int number)
{
    wb_output_remove_temporaries();
    signal(number, SIG_DFL);
    raise(number);
}

/* Nothing half-written stays behind; what is ignored (nohup) stays ignored. */
static void handle_signals(void)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const struct sigaction action = {.sa_handler = end_by_signal, .sa_flags = SA_NODEFER};
        struct sigaction before;
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(numbers[i], &action, NULL);
    }
}

int main(int argc, char **argv)
{
    handle_signals();
    /* A reader that went away is an error of the output, not the end of the process. */
    signal(SIGPIPE, SIG_IGN);
    enum wb_status status = run(argc, (const char **)argv);
    if (fflush(stdout) != 0 && status == WB_OK) {
        struct wb_error err = WB_ERROR_INIT;
        wb_error_set(&err, WB_SYSTEM, "cannot write to standard output");
        wb_say_error(&err);
        status = err.status;
    }
    return (int)status;
}
