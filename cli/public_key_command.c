/* SPDX-License-Identifier: Apache-2.0 */
/* waybill public-key */
#include "cli/cli.h"
#include "cli/secrets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill public-key --key cosign.key --outfile cosign.pub\n"
    "      write the public half of a private key\n"
    "  waybill public-key --key 'pkcs11:token=release;object=signer' -o json\n"
    "      describe a key in a token\n"
    "  waybill public-key --key signer.crt\n"
    "      print the key of a certificate\n";

struct public_key_arguments {
    char *key;
    char *file;
    char *output;
};

static bool check_output(const char *output, struct wb_error *err)
{
    return output == NULL || strcmp(output, "pem") == 0 || strcmp(output, "json") == 0 ||
           wb_error_set(err, WB_USAGE, "--output %s: it is pem or json", output);
}

static bool parse_arguments(int argc, const char **argv, struct public_key_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"key", 'k', POPT_ARG_STRING, &arguments->key, 0,
         "a private or public key, a certificate, or a key in a token",
         "FILE|env://NAME|pkcs11:URI"},
        {"outfile", 0, POPT_ARG_STRING, &arguments->file, 0,
         "write to this file (default: standard output)", "FILE"},
        {"output", 'o', POPT_ARG_STRING, &arguments->output, 0,
         "the key alone, or with what is known about it (default: pem)", "pem|json"},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "--key KEY [OPTION...]", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || (wb_options_key_only(options.context, arguments->key, "public-key", err) &&
                        check_output(arguments->output, err)));
}

static bool write_json(const struct wb_key *key, const struct wb_buffer *pem,
                       struct wb_output *output, struct wb_error *err)
{
    struct wb_digest digest;
    char fingerprint[WB_DIGEST_TEXT_SIZE], description[32];
    if (!wb_key_fingerprint(key, &digest, err))
        return false;
    WB_AUTO_VALUE(wb_buffer) hint = {0};
    wb_base64_encode((struct wb_bytes){digest.bytes, wb_digest_size(digest.algorithm)}, &hint);
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    wb_json_member(json, "algorithm", wb_key_algorithm_name(wb_key_algorithm_of(key)));
    wb_json_member(json, "description", wb_key_describe(key, description));
    wb_json_member(json, "fingerprint", wb_digest_format(&digest, fingerprint));
    wb_json_member(json, "hint", (const char *)hint.data);
    wb_json_member(json, "pem", (const char *)pem->data);
    wb_json_end_object(json);
    wb_json_finish(json);
    return true;
}

static bool run(const struct public_key_arguments *arguments, struct wb_error *err)
{
    struct wb_password_source password = wb_password_from_user();
    WB_AUTO(wb_key) *key = wb_key_open_any(arguments->key, &password, err);
    WB_AUTO_VALUE(wb_buffer) pem = {0};
    if (key == NULL || !wb_key_public_pem(key, &pem, err))
        return false;
    const char *path = arguments->file == NULL ? "-" : arguments->file;
    WB_AUTO(wb_output) *output = wb_output_open(path, err);
    if (output == NULL)
        return false;
    if (arguments->output == NULL || strcmp(arguments->output, "json") != 0)
        wb_output_write(output, pem.data, pem.size);
    else if (!write_json(key, &pem, output, err))
        return false;
    return wb_output_commit(output, err) || wb_error_context(err, "%s", path);
}

enum wb_status wb_public_key_command(int argc, const char **argv)
{
    struct public_key_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    free(arguments.key);
    free(arguments.file);
    free(arguments.output);
    return good ? WB_OK : err.status;
}
