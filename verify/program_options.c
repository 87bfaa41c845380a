/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of waybill-verify. */
#include "verify/program.h"

#include <string.h>

/* Where the value of an option goes. */
static const char **place_of(struct wb_program_options *options, const char *name, size_t size)
{
    const struct {
        const char *name;
        const char **place;
    } places[] = {
        {"--certificate-identity", &options->identity},
        {"--certificate-identity-regexp", &options->identity_regexp},
        {"--certificate-oidc-issuer", &options->issuer},
        {"--certificate-oidc-issuer-regexp", &options->issuer_regexp},
        {"--trusted-root", &options->trusted_root},
        {"--bundle", &options->bundle},
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strlen(places[i].name) == size && strncmp(places[i].name, name, size) == 0)
            return places[i].place;
    return NULL;
}

static bool set_value(struct wb_program_options *options, const char *name, size_t size,
                      const char *value, struct wb_error *err)
{
    if (*value == '\0')
        return wb_error_set(err, WB_USAGE, "%.*s: the value is empty", (int)size, name);
    if (size == strlen("--key") && strncmp(name, "--key", size) == 0) {
        if (options->key_count == WB_PROGRAM_KEYS_MAX)
            return wb_error_set(err, WB_USAGE, "more than %d keys", WB_PROGRAM_KEYS_MAX);
        options->keys[options->key_count++] = value;
        return true;
    }
    const char **place = place_of(options, name, size);
    if (*place != NULL)
        return wb_error_set(err, WB_USAGE, "%.*s is given twice", (int)size, name);
    *place = value;
    return true;
}

static bool takes_value(struct wb_program_options *options, const char *name, size_t size)
{
    return (size == strlen("--key") && strncmp(name, "--key", size) == 0) ||
           place_of(options, name, size) != NULL;
}

/* `--name VALUE` or `--name=VALUE`, or an option without a value. */
static bool read_option(int argc, char **argv, int *at, struct wb_program_options *options,
                        struct wb_error *err)
{
    const char *text = argv[*at];
    size_t size = strcspn(text, "=");
    if (takes_value(options, text, size)) {
        if (text[size] == '=')
            return set_value(options, text, size, text + size + 1, err);
        if (*at + 1 >= argc)
            return wb_error_set(err, WB_USAGE, "%s needs a value", text);
        return set_value(options, text, size, argv[++*at], err);
    }
    if (strcmp(text, "-v") == 0 || strcmp(text, "--verbose") == 0)
        options->verbose = true;
    else if (strcmp(text, "--deep") == 0)
        options->deep = true;
    else if (strcmp(text, "-h") == 0 || strcmp(text, "--help") == 0)
        options->task = WB_PROGRAM_HELP;
    else if (strcmp(text, "--version") == 0)
        options->task = WB_PROGRAM_VERSION;
    else
        return wb_error_set(err, WB_USAGE, "there is no option `%s`; --help lists them", text);
    return true;
}

static bool read_argument(const char *text, struct wb_program_options *options,
                          struct wb_error *err)
{
    if (options->argument != NULL)
        return wb_error_set(err, WB_USAGE, "one argument too many: `%s`", text);
    options->argument = text;
    return true;
}

static bool check(const struct wb_program_options *options, struct wb_error *err)
{
    bool is_bundle = options->task == WB_PROGRAM_BUNDLE;
    bool has_identity = options->identity != NULL || options->identity_regexp != NULL;
    bool has_issuer = options->issuer != NULL || options->issuer_regexp != NULL;
    if (options->argument == NULL)
        return wb_error_set(err, WB_USAGE, "%s",
                            is_bundle ? "which file? name it, or its digest as sha256:HEX"
                                      : "what is to be verified? --help shows how to say it");
    if (is_bundle && options->bundle == NULL)
        return wb_error_set(err, WB_USAGE, "verify-bundle needs --bundle");
    if (is_bundle && options->deep)
        return wb_error_set(err, WB_USAGE, "--deep goes with images, not with verify-bundle");
    if (!is_bundle && options->bundle != NULL)
        return wb_error_set(err, WB_USAGE, "--bundle goes with verify-bundle");
    if (options->key_count == 0 && !has_identity)
        return wb_error_set(err, WB_USAGE,
                            "whom to trust? give --key, or --certificate-identity with "
                            "--certificate-oidc-issuer and --trusted-root");
    if (has_identity && !has_issuer)
        return wb_error_set(err, WB_USAGE,
                            "an identity needs --certificate-oidc-issuer: who vouches for it");
    if (has_identity && options->trusted_root == NULL)
        return wb_error_set(err, WB_USAGE,
                            "an identity needs --trusted-root: what to judge certificates by");
    return true;
}

bool wb_program_options_read(int argc, char **argv, struct wb_program_options *options,
                             struct wb_error *err)
{
    *options = (struct wb_program_options){.task = WB_PROGRAM_LAYOUT};
    bool only_arguments = false;
    for (int at = 1; at < argc; at++) {
        const char *text = argv[at];
        if (!only_arguments && strcmp(text, "--") == 0)
            only_arguments = true;
        else if (!only_arguments && text[0] == '-' && text[1] != '\0') {
            if (!read_option(argc, argv, &at, options, err))
                return false;
        } else if (at == 1 && strcmp(text, "verify-bundle") == 0)
            options->task = WB_PROGRAM_BUNDLE;
        else if (!read_argument(text, options, err))
            return false;
    }
    return options->task == WB_PROGRAM_HELP || options->task == WB_PROGRAM_VERSION ||
           check(options, err);
}
