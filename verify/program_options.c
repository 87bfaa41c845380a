/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of waybill-verify. */
#include "verify/program.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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
        {"--policy", &options->policy},
        {"--trust", &options->trust},
        {"--trust-update", &options->trust_update},
        {"--state", &options->state},
        {"--bundle", &options->bundle},
        {"--report-fd", &options->report},
        {"--output", &options->output},
        {"-o", &options->output},
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strlen(places[i].name) == size && strncmp(places[i].name, name, size) == 0)
            return places[i].place;
    return NULL;
}

static bool is_named(const char *name, size_t size, const char *option)
{
    return size == strlen(option) && strncmp(name, option, size) == 0;
}

/* Options that may be given several times. */
static bool add_value(const char **values, size_t *count, size_t most, const char *name,
                      size_t size, const char *value, struct wb_error *err)
{
    if (*count == most)
        return wb_error_set(err, WB_USAGE, "%.*s is given more than %zu times", (int)size, name,
                            most);
    values[(*count)++] = value;
    return true;
}

static bool set_value(struct wb_program_options *options, const char *name, size_t size,
                      const char *value, struct wb_error *err)
{
    if (*value == '\0')
        return wb_error_set(err, WB_USAGE, "%.*s: the value is empty", (int)size, name);
    if (is_named(name, size, "--key"))
        return add_value(options->keys, &options->key_count, WB_PROGRAM_KEYS_MAX, name, size, value,
                         err);
    if (is_named(name, size, "--base"))
        return add_value(options->bases, &options->base_count, WB_PROGRAM_BASES_MAX, name, size,
                         value, err);
    const char **place = place_of(options, name, size);
    if (*place != NULL)
        return wb_error_set(err, WB_USAGE, "%.*s is given twice", (int)size, name);
    *place = value;
    return true;
}

static bool takes_value(struct wb_program_options *options, const char *name, size_t size)
{
    return is_named(name, size, "--key") || is_named(name, size, "--base") ||
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
    else if (strcmp(text, "--allow-missing-volumes") == 0)
        options->allow_missing_volumes = true;
    else if (strcmp(text, "-h") == 0 || strcmp(text, "--help") == 0)
        options->task = WB_PROGRAM_HELP;
    else if (strcmp(text, "--version") == 0)
        options->task = WB_PROGRAM_VERSION;
    else
        return wb_error_set(err, WB_USAGE, "there is no option `%s`; --help lists them", text);
    return true;
}

/* ---- what goes together ---- */

static bool check_trust(const struct wb_program_options *options, struct wb_error *err)
{
    bool has_identity = options->identity != NULL || options->identity_regexp != NULL;
    bool has_issuer = options->issuer != NULL || options->issuer_regexp != NULL;
    bool has_demands = options->key_count > 0 || has_identity;
    bool has_policy = options->policy != NULL || options->trust != NULL;
    if (has_policy && (has_demands || has_issuer))
        return wb_error_set(
            err, WB_USAGE,
            "--policy says whom to trust, and so does --trust: --key and identities go "
            "without them");
    if (options->trust_update != NULL && options->trust == NULL)
        return wb_error_set(err, WB_USAGE, "--trust-update goes with --trust: what it must follow");
    if (!has_policy && !has_demands)
        return wb_error_set(
            err, WB_USAGE,
            "whom to trust? give --key, --policy, --trust, or --certificate-identity with "
            "--certificate-oidc-issuer and --trusted-root");
    if (has_identity && !has_issuer)
        return wb_error_set(err, WB_USAGE,
                            "an identity needs --certificate-oidc-issuer: who vouches for it");
    if (has_identity && options->trusted_root == NULL)
        return wb_error_set(err, WB_USAGE,
                            "an identity needs --trusted-root: what to judge certificates by");
    return true;
}

static bool check_bundle(const struct wb_program_options *options, struct wb_error *err)
{
    if (options->bundle == NULL)
        return wb_error_set(err, WB_USAGE, "verify-bundle needs --bundle");
    if (options->argument_count > 1)
        return wb_error_set(err, WB_USAGE, "one argument too many: `%s`", options->arguments[1]);
    if (options->policy != NULL || options->trust != NULL)
        return wb_error_set(err, WB_USAGE, "a policy judges images: a file is verified by --key");
    if (options->deep || options->base_count > 0 || options->allow_missing_volumes ||
        options->state != NULL || options->report != NULL)
        return wb_error_set(err, WB_USAGE,
                            "--deep, --base, --state, --report-fd and --allow-missing-volumes go "
                            "with images, not with a file and its bundle");
    return true;
}

static bool check_delivery(const struct wb_program_options *options, struct wb_error *err)
{
    bool stream = false;
    for (size_t i = 0; i < options->argument_count; i++)
        stream = stream || strcmp(options->arguments[i], "-") == 0;
    if (stream && (options->argument_count > 1 || options->base_count > 0))
        return wb_error_set(err, WB_USAGE,
                            "standard input passes by once and alone: no other volumes, no --base");
    if (stream && options->deep)
        return wb_error_set(err, WB_USAGE, "--deep reads the layers again: it needs a file");
    return true;
}

/* It must be there before any file is opened, which could get its number. */
static bool check_report(struct wb_program_options *options, struct wb_error *err)
{
    const char *text = options->report;
    int fd = 0;
    options->report_fd = -1;
    if (text == NULL)
        return true;
    for (size_t i = 0; i < 4 && text[i] >= '0' && text[i] <= '9'; i++)
        fd = 10 * fd + (text[i] - '0');
    if (text[strspn(text, "0123456789")] != '\0' || strlen(text) > 4 || fd <= STDERR_FILENO)
        return wb_error_set(err, WB_USAGE,
                            "--report-fd %s: it is the number of an open descriptor from 3 on, as "
                            "in `--report-fd 3 3>report.html`",
                            text);
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH) != 0)
        return wb_error_set(err, WB_USAGE,
                            "--report-fd %d: that descriptor is not open for writing (`3>FILE` "
                            "opens 3)",
                            fd);
    options->report_fd = fd;
    return true;
}

static bool check(struct wb_program_options *options, struct wb_error *err)
{
    if (options->bundle != NULL)
        options->task = WB_PROGRAM_BUNDLE;
    bool is_bundle = options->task == WB_PROGRAM_BUNDLE;
    if (options->argument_count == 0)
        return wb_error_set(err, WB_USAGE, "%s",
                            is_bundle ? "which file? name it, or its digest as sha256:HEX"
                                      : "what is to be verified? --help shows how to say it");
    options->json = options->output != NULL && strcmp(options->output, "json") == 0;
    if (options->output != NULL && !options->json && strcmp(options->output, "text") != 0)
        return wb_error_set(err, WB_USAGE, "--output %s: it is text or json", options->output);
    return (is_bundle ? check_bundle(options, err) : check_delivery(options, err)) &&
           check_report(options, err) && check_trust(options, err);
}

bool wb_program_options_read(int argc, char **argv, struct wb_program_options *options,
                             struct wb_error *err)
{
    *options = (struct wb_program_options){.task = WB_PROGRAM_DELIVERY, .arguments = argv + 1};
    bool only_arguments = false;
    for (int at = 1; at < argc; at++) {
        char *text = argv[at];
        if (!only_arguments && strcmp(text, "--") == 0)
            only_arguments = true;
        else if (!only_arguments && text[0] == '-' && text[1] != '\0') {
            if (!read_option(argc, argv, &at, options, err))
                return false;
        } else if (at == 1 && strcmp(text, "verify-bundle") == 0)
            options->task = WB_PROGRAM_BUNDLE;
        else
            options->arguments[options->argument_count++] = text;
    }
    return options->task == WB_PROGRAM_HELP || options->task == WB_PROGRAM_VERSION ||
           check(options, err);
}
