/* SPDX-License-Identifier: Apache-2.0 */
/* waybill generate-key-pair */
#include "cli/cli.h"
#include "cli/secrets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PREFIX "cosign"

static const char examples[] =
    "  waybill generate-key-pair\n"
    "      ask for a password, write cosign.key and cosign.pub (ECDSA P-256)\n"
    "  waybill generate-key-pair --type rsa-3072 --output-key-prefix release\n"
    "      write release.key and release.pub\n"
    "  COSIGN_PASSWORD=... waybill generate-key-pair -o json\n"
    "      take the password from the environment, say in JSON what was written\n";

static const struct {
    const char *name;
    enum wb_key_algorithm algorithm;
    unsigned rsa_bits;
} types[] = {
    {"ecdsa-p256", WB_KEY_ECDSA_P256, 0}, {"ecdsa-p384", WB_KEY_ECDSA_P384, 0},
    {"ecdsa-p521", WB_KEY_ECDSA_P521, 0}, {"rsa-2048", WB_KEY_RSA, 2048},
    {"rsa-3072", WB_KEY_RSA, 3072},       {"rsa-4096", WB_KEY_RSA, 4096},
    {"ed25519", WB_KEY_ED25519, 0},
};
#define TYPE_COUNT (sizeof types / sizeof types[0])

struct generate_arguments {
    struct wb_key_pair_options pair;
    char *type;
};

static bool parse_arguments(int argc, const char **argv, struct generate_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"type", 0, POPT_ARG_STRING, &arguments->type, 0,
         "ecdsa-p256 (default), ecdsa-p384, ecdsa-p521, rsa-2048, rsa-3072, rsa-4096 or ed25519",
         "TYPE"},
        WB_KEY_PAIR_OPTIONS(&arguments->pair, DEFAULT_PREFIX),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...]", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || poptPeekArg(options.context) == NULL ||
            wb_error_set(err, WB_USAGE, "unexpected argument `%s`", poptPeekArg(options.context)));
}

static struct wb_key *generate(const char *type, struct wb_error *err)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (type == NULL || strcmp(type, types[i].name) == 0)
            return wb_key_generate(types[i].algorithm, types[i].rsa_bits, err);
    wb_error_set(err, WB_USAGE,
                 "--type %s: it is ecdsa-p256, ecdsa-p384, ecdsa-p521, rsa-2048, rsa-3072, "
                 "rsa-4096 or ed25519",
                 type);
    return NULL;
}

static bool run(const struct generate_arguments *arguments, struct wb_error *err)
{
    struct wb_key_pair_output output;
    if (!wb_key_pair_prepare(&arguments->pair, DEFAULT_PREFIX, &output, err))
        return false;
    WB_AUTO(wb_key) *key = generate(arguments->type, err);
    return key != NULL && wb_key_pair_write(key, &output, err);
}

enum wb_status wb_generate_key_pair_command(int argc, const char **argv)
{
    struct generate_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_key_pair_options_clear(&arguments.pair);
    free(arguments.type);
    return good ? WB_OK : err.status;
}
