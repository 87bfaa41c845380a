/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `waybill pack`. */
#include "cli/pack_arguments.h"

#include <stdlib.h>
#include <string.h>

#define DAY_SECONDS 86400
/* Centuries, far below what a time can be. */
#define DURATION_MAX ((int64_t)1000 * 366 * DAY_SECONDS)

void wb_pack_arguments_clear(struct wb_pack_arguments *arguments)
{
    wb_signing_options_clear(&arguments->signing);
    wb_registry_arguments_clear(&arguments->registry);
    free(arguments->output);
    free(arguments->name);
    free(arguments->sequence);
    free(arguments->expires);
    free(arguments->volumes);
    free(arguments->since);
    free(arguments->policy);
    free(arguments->trust);
    wb_options_list_free(arguments->since_keys);
    wb_options_list_free(arguments->file_texts);
    for (size_t i = 0; i < arguments->image_count; i++)
        wb_reference_clear(&arguments->images[i].reference);
    free(arguments->images);
    free(arguments->files);
    wb_arena_free(arguments->arena);
}

/* ---- images and files ---- */

/* `NAME=oci:DIR`: what follows the equals sign must say what it is, since paths may have one, too.
 */
static const char *reference_of(const char *text, struct wb_arena *arena, const char **name)
{
    static const char *const transports[] = {"oci:", "oci-archive:", "docker://"};
    const size_t count = sizeof transports / sizeof transports[0];
    *name = NULL;
    for (size_t i = 0; i < count; i++)
        if (wb_text_starts_with(text, transports[i]))
            return text;
    for (const char *equals = strchr(text, '='); equals != NULL; equals = strchr(equals + 1, '='))
        for (size_t i = 0; i < count; i++)
            if (wb_text_starts_with(equals + 1, transports[i])) {
                *name = wb_arena_copy_bytes(arena, text, (size_t)(equals - text));
                return equals + 1;
            }
    return text;
}

static bool add_image(struct wb_pack_arguments *arguments, const char *text, struct wb_error *err)
{
    struct wb_pack_image image = {0};
    const char *reference = reference_of(text, arguments->arena, &image.name);
    if (!wb_image_reference(reference, &arguments->registry, &image.reference, err))
        return false;
    WB_APPEND(arguments->images, arguments->image_count, arguments->image_capacity, image);
    return true;
}

/* The name is what follows the last equals sign, else the last component of the path. */
static void add_file(struct wb_pack_arguments *arguments, const char *text)
{
    const char *equals = strrchr(text, '='), *slash = strrchr(text, '/');
    struct wb_pack_file file = {.source = text, .path = slash == NULL ? text : slash + 1};
    if (equals != NULL && equals != text) {
        file.source = wb_arena_copy_bytes(arguments->arena, text, (size_t)(equals - text));
        file.path = equals + 1;
    }
    WB_APPEND(arguments->files, arguments->file_count, arguments->file_capacity, file);
}

static bool take_arguments(poptContext context, struct wb_pack_arguments *arguments,
                           struct wb_error *err)
{
    arguments->arena = wb_arena_new();
    const char *text;
    while ((text = poptGetArg(context)) != NULL)
        if (!add_image(arguments, text, err))
            return false;
    for (size_t i = 0; i < wb_options_list_count(arguments->file_texts); i++)
        add_file(arguments, arguments->file_texts[i]);
    if (arguments->image_count == 0 && arguments->file_count == 0)
        return wb_error_set(err, WB_USAGE, "no image given; --help shows examples");
    return arguments->output != NULL ||
           wb_error_set(err, WB_USAGE, "-o FILE says where the delivery goes");
}

bool wb_pack_arguments_parse(int argc, const char **argv, const char *examples,
                             struct wb_pack_arguments *arguments, bool *helped,
                             struct wb_error *err)
{
    const struct poptOption table[] = {
        WB_SIGNING_OPTIONS(&arguments->signing),
        {NULL, 'o', POPT_ARG_STRING, &arguments->output, 0,
         "where the delivery goes (`-`: standard output)", "FILE"},
        {"file", 0, POPT_ARG_ARGV, &arguments->file_texts, 0,
         "a release file to go with the images, several times for several", "PATH[=NAME]"},
        {"policy", 0, POPT_ARG_STRING, &arguments->policy, 0,
         "the policy that the delivery is meant to be checked by", "FILE"},
        {"trusted-root", 0, POPT_ARG_STRING, &arguments->trust, 0,
         "the trusted root that it is meant to be checked by", "FILE"},
        {"trust", 0, POPT_ARG_STRING, &arguments->trust, 0,
         "the same as a trust kit; a delivery is never trusted for what came along", "FILE"},
        {"name", 0, POPT_ARG_STRING, &arguments->name, 0, "what the delivery is called", "NAME"},
        {"sequence", 0, POPT_ARG_STRING, &arguments->sequence, 0,
         "its number, which grows with each delivery of that name", "N"},
        {"expires", 0, POPT_ARG_STRING, &arguments->expires, 0,
         "until when it is to be accepted, or for how many days", "DATE|90d"},
        {"volumes", 0, POPT_ARG_STRING, &arguments->volumes, 0,
         "split it into files of at most this size", "SIZE|dvd|bd|fat32"},
        {"since", 0, POPT_ARG_STRING, &arguments->since, 0,
         "leave out what this earlier delivery has", "DELIVERY"},
        {"since-key", 0, POPT_ARG_ARGV, &arguments->since_keys, 0,
         "a public key that signed the earlier one (default: the same key)", "FILE|pkcs11:URI"},
        {"output", 0, POPT_ARG_STRING, &arguments->signing.output, 0,
         "say on standard output what was written (default: text, on standard error)", "text|json"},
        WB_REGISTRY_OPTIONS(&arguments->registry),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] --key KEY -o FILE [NAME=]IMAGE...",
                                   examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || take_arguments(options.context, arguments, err));
}

/* ---- what they mean ---- */

/* Digits alone, at most `limit`; *end is what follows them. */
static bool read_number(const char *text, int64_t limit, int64_t *value, const char **end)
{
    *value = 0;
    for (*end = text; **end >= '0' && **end <= '9'; ++*end)
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, **end - '0', value) || *value > limit)
            return false;
    return *end != text;
}

/* `90d`, `12w`, `36h`; `2030-12-31` (all of that day); a whole time. */
static bool read_expiry(const char *text, int64_t issued, int64_t *expires)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'h', 3600}, {'d', DAY_SECONDS}, {'w', 7 * DAY_SECONDS}};
    const char *end;
    int64_t number;
    if (wb_time_parse(text, expires))
        return true;
    WB_AUTO_STRING last_second = wb_string_format("%sT23:59:59Z", text);
    if (wb_time_parse(last_second, expires))
        return true;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (read_number(text, DURATION_MAX / units[i].seconds, &number, &end) &&
            end[0] == units[i].unit && end[1] == '\0') {
            *expires = issued + number * units[i].seconds;
            return true;
        }
    return false;
}

/* What fits on a medium with its file system; FAT32's files are less than 4 GiB. */
static bool read_volume_size(const char *text, uint64_t *size)
{
    static const struct {
        const char *name;
        const char *size;
    } media[] = {{"dvd", "4480M"}, {"bd", "23000M"}, {"fat32", "4095M"}};
    for (size_t i = 0; i < sizeof media / sizeof media[0]; i++)
        if (strcmp(media[i].name, text) == 0)
            text = media[i].size;
    return wb_options_size(text, size);
}

bool wb_pack_arguments_apply(const struct wb_pack_arguments *arguments,
                             struct wb_pack_options *options, struct wb_error *err)
{
    *options = (struct wb_pack_options){
        .images = arguments->images,
        .image_count = arguments->image_count,
        .files = arguments->files,
        .file_count = arguments->file_count,
        .policy_file = arguments->policy,
        .trust_file = arguments->trust,
        .name = arguments->name,
        .has_expiry = arguments->expires != NULL,
    };
    if (!wb_signing_time(&options->issued, err))
        return false;
    const char *end;
    int64_t sequence = 0;
    if (arguments->sequence != NULL &&
        (!read_number(arguments->sequence, INT64_MAX, &sequence, &end) || *end != '\0'))
        return wb_error_set(err, WB_USAGE, "--sequence %s: it is a number", arguments->sequence);
    options->sequence = (uint64_t)sequence;
    if (options->has_expiry && !read_expiry(arguments->expires, options->issued, &options->expires))
        return wb_error_set(err, WB_USAGE,
                            "--expires %s: it is a date like 2030-12-31, a time, or so many hours, "
                            "days or weeks like 90d",
                            arguments->expires);
    return arguments->volumes == NULL ||
           read_volume_size(arguments->volumes, &options->volume_size) ||
           wb_error_set(err, WB_USAGE, "--volumes %s: it is a size like 4480M, or dvd, bd or fat32",
                        arguments->volumes);
}
