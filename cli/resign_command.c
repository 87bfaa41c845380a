/* SPDX-License-Identifier: Apache-2.0 */
/* waybill resign */
#include "cli/delivery_check.h"
#include "cli/secrets.h"
#include "cli/signing.h"
#include "delivery/delivery.h"

#include <stdlib.h>

static const char examples[] =
    "  waybill resign release.waybill --sender-key release.pub --key site.key\n"
    "      verify a delivery, then add this site's signature to the sender's\n"
    "  waybill resign release.1of2.waybill release.2of2.waybill --policy policy.json \\\n"
    "      --key site.key\n"
    "      all volumes of a delivery\n";

struct resign_arguments {
    struct wb_signing_options signing;
    struct wb_delivery_check_options check;
    const char **paths;
    size_t path_count, path_capacity;
};

static bool take_paths(poptContext context, struct resign_arguments *arguments,
                       struct wb_error *err)
{
    const char *path;
    while ((path = poptGetArg(context)) != NULL)
        WB_APPEND(arguments->paths, arguments->path_count, arguments->path_capacity,
                  wb_string_copy(path));
    return arguments->path_count > 0 ||
           wb_error_set(err, WB_USAGE, "no delivery given; --help shows examples");
}

static bool parse_arguments(int argc, const char **argv, struct resign_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        WB_SIGNING_OPTIONS(&arguments->signing),
        WB_DELIVERY_CHECK_OPTIONS(&arguments->check, "sender-key", '\0'),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {
        table, "[OPTION...] --key KEY --sender-key KEY|--policy FILE|--trust DIR DELIVERY...",
        examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || take_paths(options.context, arguments, err));
}

static bool run(const struct resign_arguments *arguments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_signing) signing = {0};
    WB_AUTO(wb_delivery_verdict) *verdict = wb_delivery_verdict_new();
    if (!wb_signing_open(&arguments->signing, false, &signing, err) ||
        !wb_delivery_check(&arguments->check, arguments->paths, arguments->path_count,
                           arguments->signing.quiet != 0, verdict, err) ||
        !wb_resign(arguments->paths, arguments->path_count, &signing.signer, err))
        return false;
    for (size_t i = 0; i < arguments->path_count; i++)
        if (!wb_signing_report(&arguments->signing, &signing, arguments->paths[i], err))
            return false;
    return true;
}

enum wb_status wb_resign_command(int argc, const char **argv)
{
    struct resign_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_signing_options_clear(&arguments.signing);
    wb_delivery_check_options_clear(&arguments.check);
    for (size_t i = 0; i < arguments.path_count; i++)
        free((char *)arguments.paths[i]);
    free(arguments.paths);
    return good ? WB_OK : err.status;
}
