/* SPDX-License-Identifier: Apache-2.0 */
/* waybill version */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

enum wb_status wb_version_command(int argc, const char **argv)
{
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("Usage: waybill version [--json]\n\nExample:\n  waybill version --json\n");
        return WB_OK;
    }
    if (argc > 1 && !json) {
        struct wb_error err = WB_ERROR_INIT;
        wb_error_set(&err, WB_USAGE, "version takes only --json, not `%s`", argv[1]);
        wb_say_error(&err);
        return err.status;
    }
    printf(json ? "{\"name\": \"waybill\", \"version\": \"%s\"}\n" : "waybill %s\n",
           WAYBILL_VERSION);
    return WB_OK;
}
