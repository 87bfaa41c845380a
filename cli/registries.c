/* SPDX-License-Identifier: Apache-2.0 */
/* References to images, with what the command line says about registries. */
#include "cli/registries.h"

#include <stdlib.h>

void wb_registry_arguments_clear(struct wb_registry_arguments *arguments)
{
    free(arguments->certificates);
    *arguments = (struct wb_registry_arguments){0};
}

bool wb_image_reference(const char *text, const struct wb_registry_arguments *arguments,
                        struct wb_reference *reference, struct wb_error *err)
{
    if (!wb_reference_parse(text, reference, err))
        return false;
    reference->registry = (struct wb_registry_options){
        .allow_http = arguments->allow_http != 0,
        .allow_insecure = arguments->allow_insecure != 0,
        .certificates = arguments->certificates,
    };
    return true;
}
