/* SPDX-License-Identifier: Apache-2.0 */
/* waybill import-key-pair */
#include "cli/cli.h"
#include "cli/secrets.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_PREFIX "import-cosign"

static const char examples[] =
    "  waybill import-key-pair --key private.pem\n"
    "      encrypt a key made by openssl, write import-cosign.key and import-cosign.pub\n"
    "  waybill import-key-pair --key encrypted.pem --output-key-prefix release\n"
    "      ask for the password of the file, then for the new one\n";

struct import_arguments {
    struct wb_key_pair_options pair;
    char *key;
};

static bool parse_arguments(int argc, const char **argv, struct import_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"key", 'k', POPT_ARG_STRING, &arguments->key, 0,
         "the private key to import: PEM with PKCS#1, SEC1 or PKCS#8, encrypted or not",
         "FILE|env://NAME"},
        WB_KEY_PAIR_OPTIONS(&arguments->pair, DEFAULT_PREFIX),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "--key FILE [OPTION...]", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped ||
            wb_options_key_only(options.context, arguments->key, "import-key-pair", err));
}

static bool run(const struct import_arguments *arguments, struct wb_error *err)
{
    struct wb_key_pair_output output;
    if (!wb_key_pair_prepare(&arguments->pair, DEFAULT_PREFIX, &output, err))
        return false;
    struct wb_password_source password = wb_password_from_user();
    WB_AUTO(wb_key) *key = wb_key_open_import(arguments->key, &password, err);
    return key != NULL && wb_key_pair_write(key, &output, err);
}

enum wb_status wb_import_key_pair_command(int argc, const char **argv)
{
    struct import_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    free(arguments.key);
    wb_key_pair_options_clear(&arguments.pair);
    return good ? WB_OK : err.status;
}
