/* SPDX-License-Identifier: Apache-2.0 */
/* waybill sign-blob */
#include "cli/cose_files.h"
#include "cli/secrets.h"
#include "cli/signing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char examples[] =
    "  waybill sign-blob --key cosign.key --bundle release.tar.sigstore.json release.tar\n"
    "      sign a file, write a sigstore bundle\n"
    "  waybill sign-blob --key cosign.key --output-signature sbom.json.sig sbom.json\n"
    "      write the bare signature in base64\n"
    "  build | tee out.bin | waybill sign-blob --key cosign.key -\n"
    "      sign what comes in, print the signature\n"
    "  waybill sign-blob --key cosign.key --format cose --output-file tags.cose tags.coswid\n"
    "      CoSWID tags inside a COSE message\n";

struct sign_blob_arguments {
    struct wb_signing_options signing;
    char *bundle;
    char *signature;
    char *message;
    char *content_type;
    char *path;
};

static bool parse_arguments(int argc, const char **argv, struct sign_blob_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        WB_SIGNING_OPTIONS(&arguments->signing),
        {"bundle", 0, POPT_ARG_STRING, &arguments->bundle, 0, "write a sigstore bundle here",
         "FILE"},
        {"output-signature", 0, POPT_ARG_STRING, &arguments->signature, 0,
         "write the signature in base64 here (default without --bundle: standard output)", "FILE"},
        {"format", 0, POPT_ARG_STRING, &arguments->signing.format, 0,
         "bundle (default), or cose: a COSE_Sign1 message with the file inside", "bundle|cose"},
        {"output-file", 0, POPT_ARG_STRING, &arguments->message, 0,
         "write the COSE message here (default: standard output)", "FILE"},
        {"content-type", 0, POPT_ARG_STRING, &arguments->content_type, 0,
         "what a COSE message says its content is (default: told by the content)", "TYPE"},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] --key KEY FILE", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || wb_options_argument(options.context, "file", &arguments->path, err));
}

static bool write_outputs(const struct sign_blob_arguments *arguments,
                          const struct wb_blob_signature *signature, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_base64_encode(wb_buffer_bytes(&signature->signature), &text);
    if (arguments->bundle != NULL &&
        !wb_write_argument(arguments->bundle, wb_buffer_bytes(&signature->bundle), err))
        return false;
    if (arguments->signature != NULL)
        return wb_write_argument(arguments->signature, wb_buffer_bytes(&text), err);
    wb_buffer_append_text(&text, "\n");
    return arguments->bundle != NULL || wb_write_argument("-", wb_buffer_bytes(&text), err);
}

static bool choose_format(const struct sign_blob_arguments *arguments, bool *cose,
                          struct wb_error *err)
{
    const char *format = arguments->signing.format;
    *cose = format != NULL && strcmp(format, "cose") == 0;
    if (format != NULL && !*cose && strcmp(format, "bundle") != 0)
        return wb_error_set(err, WB_USAGE, "--format %s: it is bundle or cose", format);
    if (*cose && (arguments->bundle != NULL || arguments->signature != NULL))
        return wb_error_set(err, WB_USAGE,
                            "--format cose writes one message, to --output-file, and neither a "
                            "bundle nor a bare signature");
    if (!*cose && (arguments->message != NULL || arguments->content_type != NULL))
        return wb_error_set(err, WB_USAGE,
                            "--output-file and --content-type go with --format cose");
    return true;
}

static bool sign_cose(const struct sign_blob_arguments *arguments, const struct wb_signing *signing,
                      struct wb_error *err)
{
    const char *output = arguments->message == NULL ? "-" : arguments->message;
    if (!wb_sign_cose_file(arguments->path, arguments->content_type, output, &signing->signer, err))
        return wb_error_context(err, "%s", arguments->path);
    return wb_signing_report(&arguments->signing, signing, arguments->path, err);
}

static bool run(struct sign_blob_arguments *arguments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_signing) signing = {0};
    bool from_stdin = strcmp(arguments->path, "-") == 0;
    bool cose;
    if (!choose_format(arguments, &cose, err) ||
        !wb_signing_open(&arguments->signing, from_stdin, &signing, err))
        return false;
    if (cose)
        return sign_cose(arguments, &signing, err);
    WB_AUTO_FD opened = from_stdin ? -1 : open(arguments->path, O_RDONLY | O_CLOEXEC);
    if (!from_stdin && opened < 0)
        return wb_error_set_errno(err, errno, "%s", arguments->path);
    WB_AUTO_VALUE(wb_blob_signature) signature = {{0}, {0}};
    if (!wb_sign_file(&signing.signer, from_stdin ? STDIN_FILENO : opened, &signature, err))
        return wb_error_context(err, "%s", from_stdin ? "standard input" : arguments->path);
    return write_outputs(arguments, &signature, err) &&
           wb_signing_report(&arguments->signing, &signing, arguments->path, err);
}

enum wb_status wb_sign_blob_command(int argc, const char **argv)
{
    struct sign_blob_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_signing_options_clear(&arguments.signing);
    free(arguments.bundle);
    free(arguments.signature);
    free(arguments.message);
    free(arguments.content_type);
    free(arguments.path);
    return good ? WB_OK : err.status;
}
