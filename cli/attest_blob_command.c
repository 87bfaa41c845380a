/* SPDX-License-Identifier: Apache-2.0 */
/* waybill attest-blob */
#include "cli/secrets.h"
#include "cli/signing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536

static const char examples[] =
    "  waybill attest-blob --key cosign.key --predicate sbom.spdx.json --type spdxjson \\\n"
    "      --bundle firmware.sigstore.json firmware.bin\n"
    "      sign a statement about a file, write a sigstore bundle\n"
    "  waybill attest-blob --key cosign.key --predicate p.json --type https://example.org/review "
    "\\\n"
    "      --output-attestation review.dsse.json firmware.bin\n"
    "      write the DSSE envelope alone\n";

struct attest_blob_arguments {
    struct wb_signing_options signing;
    char *predicate;
    char *type;
    char *bundle;
    char *envelope;
    char *path;
};

static bool parse_arguments(int argc, const char **argv, struct attest_blob_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        WB_SIGNING_OPTIONS(&arguments->signing),
        {"predicate", 0, POPT_ARG_STRING, &arguments->predicate, 0,
         "what is said of the file: a JSON object (`-`: standard input)", "FILE"},
        {"type", 0, POPT_ARG_STRING, &arguments->type, 0,
         "its predicate type: one of cosign's short names, or a URI (default: custom)", "TYPE"},
        {"bundle", 0, POPT_ARG_STRING, &arguments->bundle, 0, "write a sigstore bundle here",
         "FILE"},
        {"output-attestation", 0, POPT_ARG_STRING, &arguments->envelope, 0,
         "write the DSSE envelope here (default without --bundle: standard output)", "FILE"},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] --key KEY --predicate FILE FILE", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || wb_options_argument(options.context, "file", &arguments->path, err));
}

static bool digest_file(const char *path, struct wb_digest *digest, struct wb_error *err)
{
    WB_AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    WB_AUTO(wb_hasher) *hasher = fd < 0 ? NULL : wb_hasher_new(WB_DIGEST_SHA256, err);
    if (fd < 0)
        return wb_error_set_errno(err, errno, "%s", path);
    if (hasher == NULL)
        return false;
    uint8_t data[READ_SIZE];
    ssize_t count;
    while ((count = read(fd, data, sizeof data)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return wb_error_set_errno(err, errno, "%s", path);
        wb_hasher_update(hasher, data, (size_t)count);
    }
    wb_hasher_finish(hasher, digest);
    return true;
}

static bool make_statement(const struct attest_blob_arguments *arguments,
                           struct wb_buffer *statement, struct wb_error *err)
{
    const char *type = wb_predicate_type(arguments->type == NULL ? "custom" : arguments->type);
    if (type == NULL)
        return wb_error_set(err, WB_USAGE, "--type %s: it is a URI or one of %s", arguments->type,
                            wb_predicate_type_names());
    WB_AUTO_VALUE(wb_buffer) predicate = {0};
    struct wb_digest digest;
    if (!wb_read_argument(arguments->predicate, WB_ENVELOPE_SIZE_MAX / 2, &predicate, err) ||
        !wb_predicate_check(wb_buffer_bytes(&predicate), err) ||
        !digest_file(arguments->path, &digest, err))
        return false;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    struct wb_statement_pair pair = {
        "sha256", wb_hex_format(digest.bytes, wb_digest_size(digest.algorithm), hex)};
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const char *slash = strrchr(arguments->path, '/');
    const char *name = slash == NULL ? arguments->path : slash + 1;
    const struct wb_statement_subject subject = {
        .name = wb_utf8_escape(arena, name, strlen(name)), .digests = &pair, .digest_count = 1};
    wb_statement_write(&subject, 1, false, type, wb_buffer_bytes(&predicate), statement);
    return true;
}

static bool run(struct attest_blob_arguments *arguments, struct wb_error *err)
{
    if (arguments->predicate == NULL)
        return wb_error_set(err, WB_USAGE, "--predicate FILE says what to attest");
    WB_AUTO_VALUE(wb_signing) signing = {0};
    WB_AUTO_VALUE(wb_buffer) statement = {0};
    WB_AUTO_VALUE(wb_statement_signature) signature = {{0}, {0}};
    bool from_stdin = strcmp(arguments->predicate, "-") == 0 || strcmp(arguments->path, "-") == 0;
    if (!wb_signing_open(&arguments->signing, from_stdin, &signing, err) ||
        !make_statement(arguments, &statement, err) ||
        !wb_sign_statement(&signing.signer, wb_buffer_bytes(&statement), &signature, err))
        return false;
    if (arguments->bundle != NULL &&
        !wb_write_argument(arguments->bundle, wb_buffer_bytes(&signature.bundle), err))
        return false;
    if ((arguments->envelope != NULL || arguments->bundle == NULL) &&
        !wb_write_argument(arguments->envelope == NULL ? "-" : arguments->envelope,
                           wb_buffer_bytes(&signature.envelope), err))
        return false;
    return wb_signing_report(&arguments->signing, &signing, arguments->path, err);
}

enum wb_status wb_attest_blob_command(int argc, const char **argv)
{
    struct attest_blob_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_signing_options_clear(&arguments.signing);
    free(arguments.predicate);
    free(arguments.type);
    free(arguments.bundle);
    free(arguments.envelope);
    free(arguments.path);
    return good ? WB_OK : err.status;
}
