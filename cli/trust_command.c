/* SPDX-License-Identifier: Apache-2.0 */
/* waybill trust: the command line. */
#include "cli/secrets.h"
#include "cli/trusting.h"

#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill trust init kit --name north --key alice.key --key bob.key --threshold 2 \\\n"
    "      --add-key release=release.pub --expires 2027-06-30T00:00:00Z\n"
    "      version 1 of a trust kit: alice and bob together sign the next one\n"
    "  waybill trust add kit --key alice.key --key bob.key --crl ca.crl --policy policy.json\n"
    "      the next version, with a newer revocation list and another policy\n"
    "  waybill trust revoke kit --key alice.key --key bob.key --revoke-key release.pub \\\n"
    "      --since 2026-11-01T00:00:00Z --reason 'laptop lost'\n"
    "      the next version, in which this key is not to be believed any more\n"
    "  waybill trust show kit\n"
    "      what it says, how old it is, and the digests to compare by other means\n"
    "  waybill trust export kit --output kit.json && waybill trust accept site-kit kit.json\n"
    "      carry all versions in one file; take over those that follow what a site trusts\n";

static const struct {
    const char *name;
    enum wb_trust_task task;
    bool (*run)(const struct wb_trust_options *options, struct wb_error *err);
} tasks[] = {
    {"init", WB_TRUST_INIT, wb_trust_change},     {"add", WB_TRUST_ADD, wb_trust_change},
    {"revoke", WB_TRUST_REVOKE, wb_trust_change}, {"sign", WB_TRUST_SIGN, wb_trust_sign},
    {"show", WB_TRUST_SHOW, wb_trust_show},       {"accept", WB_TRUST_ACCEPT, wb_trust_accept},
    {"export", WB_TRUST_EXPORT, wb_trust_export},
};
#define TASK_COUNT (sizeof tasks / sizeof tasks[0])
#define CHANGES (WB_TRUST_INIT | WB_TRUST_ADD | WB_TRUST_REVOKE)
#define ADDS (WB_TRUST_INIT | WB_TRUST_ADD)

/* Which options go with which task; one that would have no effect is an error. */
static bool check_options(const struct wb_trust_options *options, const char *task,
                          struct wb_error *err)
{
    const struct {
        const char *name;
        bool given;
        unsigned with;
    } rules[] = {
        {"--key", options->keys != NULL, CHANGES | WB_TRUST_SIGN},
        {"--name", options->name != NULL, WB_TRUST_INIT},
        {"--threshold", options->threshold != 0, CHANGES},
        {"--expires", options->expires != NULL, CHANGES},
        {"--add-key", options->new_keys != NULL, ADDS},
        {"--role", options->roles != NULL, ADDS},
        {"--not-before", options->not_before != NULL, ADDS},
        {"--not-after", options->not_after != NULL, ADDS},
        {"--ca", options->certificates != NULL, ADDS},
        {"--crl", options->lists != NULL, CHANGES},
        {"--trusted-root", options->trusted_root != NULL, ADDS},
        {"--policy", options->policy != NULL, ADDS},
        {"--remove", options->removed != NULL, WB_TRUST_ADD | WB_TRUST_REVOKE},
        {"--revoke-key", options->revoked_keys != NULL, WB_TRUST_REVOKE},
        {"--revoke-certificate", options->revoked_certificates != NULL, WB_TRUST_REVOKE},
        {"--revoke-serial", options->revoked_serials != NULL, WB_TRUST_REVOKE},
        {"--revoke-digest", options->revoked_digests != NULL, WB_TRUST_REVOKE},
        {"--since", options->since != NULL, WB_TRUST_REVOKE},
        {"--reason", options->reason != NULL, WB_TRUST_REVOKE},
        {"--output", options->output != NULL, WB_TRUST_SHOW | WB_TRUST_EXPORT},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].given && (rules[i].with & options->task) == 0)
            return wb_error_set(err, WB_USAGE, "%s does not go with `waybill trust %s`",
                                rules[i].name, task);
    if ((options->task & (CHANGES | WB_TRUST_SIGN)) != 0 && options->keys == NULL)
        return wb_error_set(err, WB_USAGE, "`waybill trust %s` needs --key: who signs it", task);
    if ((options->roles != NULL || options->not_before != NULL || options->not_after != NULL) &&
        options->new_keys == NULL)
        return wb_error_set(err, WB_USAGE,
                            "--role, --not-before and --not-after go with --add-key");
    return true;
}

static bool read_arguments(poptContext context, struct wb_trust_options *options,
                           struct wb_error *err)
{
    const char *task = poptGetArg(context);
    for (size_t i = 0; i < TASK_COUNT && task != NULL; i++)
        if (strcmp(tasks[i].name, task) == 0)
            options->task = tasks[i].task;
    if (options->task == 0)
        return wb_error_set(err, WB_USAGE,
                            "what to do with the trust kit? it is one of init, add, "
                            "revoke, sign, show, accept and export");
    options->folder = wb_string_copy(poptGetArg(context));
    if (options->task == WB_TRUST_ACCEPT)
        options->update = wb_string_copy(poptGetArg(context));
    if (options->folder == NULL || (options->task == WB_TRUST_ACCEPT && options->update == NULL))
        return wb_error_set(err, WB_USAGE, "which trust kit? `waybill trust %s DIR%s`", task,
                            options->task == WB_TRUST_ACCEPT ? " NEW" : "");
    if (poptPeekArg(context) != NULL)
        return wb_error_set(err, WB_USAGE, "one argument too many: `%s`", poptPeekArg(context));
    return check_options(options, task, err);
}

static bool parse_arguments(int argc, const char **argv, struct wb_trust_options *options,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"key", 'k', POPT_ARG_ARGV, &options->keys, 0,
         "sign with this private key, several times for several", "FILE|env://NAME|pkcs11:URI"},
        {"name", 0, POPT_ARG_STRING, &options->name, 0, "what the kit is called (init)", "NAME"},
        {"threshold", 0, POPT_ARG_INT, &options->threshold, 0,
         "so many keys of the role `kit` sign the next version (default: as before, or 1)", "N"},
        {"expires", 0, POPT_ARG_STRING, &options->expires, 0,
         "until when it is to be used (default: 365 days from now)", "TIME"},
        {"add-key", 0, POPT_ARG_ARGV, &options->new_keys, 0,
         "a public key and what it is called, several times for several", "NAME=FILE"},
        {"role", 0, POPT_ARG_ARGV, &options->roles, 0,
         "what the added keys are for: release (default), kit, or a word of your own", "ROLE"},
        {"not-before", 0, POPT_ARG_STRING, &options->not_before, 0,
         "the added keys are not good before", "TIME"},
        {"not-after", 0, POPT_ARG_STRING, &options->not_after, 0,
         "the added keys are not good after", "TIME"},
        {"ca", 0, POPT_ARG_ARGV, &options->certificates, 0,
         "certificates (PEM) that the policy refers to by name", "NAME=FILE"},
        {"crl", 0, POPT_ARG_ARGV, &options->lists, 0,
         "revocation list (PEM), in place of those there; several times for several", "FILE"},
        {"trusted-root", 0, POPT_ARG_STRING, &options->trusted_root, 0,
         "sigstore's trusted root (JSON)", "FILE"},
        {"policy", 0, POPT_ARG_STRING, &options->policy, 0,
         "the policy (JSON); files that it names go into the kit", "FILE"},
        {"remove", 0, POPT_ARG_ARGV, &options->removed, 0, "take a key or certificates away",
         "NAME"},
        {"revoke-key", 0, POPT_ARG_ARGV, &options->revoked_keys, 0,
         "this key is not to be believed any more", "FILE|SHA256"},
        {"revoke-certificate", 0, POPT_ARG_ARGV, &options->revoked_certificates, 0,
         "nor this certificate", "FILE|SHA256"},
        {"revoke-serial", 0, POPT_ARG_ARGV, &options->revoked_serials, 0,
         "nor certificates of this number", "HEX"},
        {"revoke-digest", 0, POPT_ARG_ARGV, &options->revoked_digests, 0,
         "nor this image, blob or file", "DIGEST"},
        {"since", 0, POPT_ARG_STRING, &options->since, 0,
         "what was provably signed before still holds", "TIME"},
        {"reason", 0, POPT_ARG_STRING, &options->reason, 0, "why, for reports", "TEXT"},
        {"output", 'o', POPT_ARG_STRING, &options->output, 0,
         "how to show it (default: text); where to export it to (default: standard output)",
         "text|json|FILE"},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) parsed = {0};
    const struct wb_usage usage = {
        table, "init|add|revoke|sign|show|accept|export [OPTION...] DIR [NEW]", examples};
    return wb_options_read(&parsed, &usage, argc, argv, helped, err) &&
           (*helped || read_arguments(parsed.context, options, err));
}

static bool run(const struct wb_trust_options *options, struct wb_error *err)
{
    for (size_t i = 0; i < TASK_COUNT; i++)
        if (tasks[i].task == options->task)
            return tasks[i].run(options, err);
    return false;
}

static void clear_options(struct wb_trust_options *options)
{
    char **lists[] = {options->keys,
                      options->new_keys,
                      options->roles,
                      options->certificates,
                      options->lists,
                      options->removed,
                      options->revoked_keys,
                      options->revoked_certificates,
                      options->revoked_serials,
                      options->revoked_digests};
    char *texts[] = {options->folder,       options->update,     options->name,
                     options->expires,      options->not_before, options->not_after,
                     options->trusted_root, options->policy,     options->since,
                     options->reason,       options->output};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        wb_options_list_free(lists[i]);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
}

enum wb_status wb_trust_command(int argc, const char **argv)
{
    struct wb_trust_options options = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &options, &helped, &err) && (helped || run(&options, &err));
    if (!good)
        wb_say_error(&err);
    clear_options(&options);
    return good ? WB_OK : err.status;
}
