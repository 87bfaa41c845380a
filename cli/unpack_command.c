/* SPDX-License-Identifier: Apache-2.0 */
/* waybill unpack */
#include "cli/delivery_check.h"
#include "cli/secrets.h"
#include "delivery/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill unpack release.waybill --key release.pub -o release\n"
    "      verify a delivery, then unpack it to an OCI layout, files below release/files\n"
    "  waybill unpack /media/*/release.*.waybill --policy policy.json -o release\n"
    "      several volumes, as they are mounted\n"
    "  waybill unpack update.waybill --base release.waybill --key release.pub -o update\n"
    "      one that builds on an earlier one\n"
    "  waybill unpack release.waybill --key release.pub --image registry.example/app:1 \\\n"
    "      --format docker-archive -o app.tar\n"
    "      one image for `docker load`\n";

struct unpack_arguments {
    struct wb_delivery_check_options check;
    char *output;
    char *format;
    char *platform;
    char **images;
    char *report; /* text or json */
    int quiet;
    const char **paths;
    size_t path_count, path_capacity;
};

static bool take_paths(poptContext context, struct unpack_arguments *arguments,
                       struct wb_error *err)
{
    const char *path;
    while ((path = poptGetArg(context)) != NULL)
        WB_APPEND(arguments->paths, arguments->path_count, arguments->path_capacity,
                  wb_string_copy(path));
    if (arguments->path_count == 0)
        return wb_error_set(err, WB_USAGE, "no delivery given; --help shows examples");
    return arguments->output != NULL ||
           wb_error_set(err, WB_USAGE, "-o says where the delivery is unpacked to");
}

static bool parse_arguments(int argc, const char **argv, struct unpack_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        WB_DELIVERY_CHECK_OPTIONS(&arguments->check, "key", 'k'),
        {NULL, 'o', POPT_ARG_STRING, &arguments->output, 0,
         "where it goes: a new directory, or a file for docker-archive", "DIR|FILE"},
        {"format", 0, POPT_ARG_STRING, &arguments->format, 0,
         "layout (default: an OCI layout, as cosign save makes it), docker-archive",
         "layout|docker-archive"},
        {"image", 0, POPT_ARG_ARGV, &arguments->images, 0,
         "only this image, several times for several (default: all)", "NAME|DIGEST"},
        {"platform", 0, POPT_ARG_STRING, &arguments->platform, 0,
         "for docker-archive: this image of an index (default: this machine's)",
         "OS/ARCH[/VARIANT]"},
        {"output", 0, POPT_ARG_STRING, &arguments->report, 0,
         "say on standard output what was unpacked (default: text)", "text|json"},
        {"quiet", 'q', POPT_ARG_NONE, &arguments->quiet, 0, "say nothing but errors", NULL},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {
        table, "[OPTION...] --key KEY|--policy FILE|--trust DIR -o DIR DELIVERY...", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || take_paths(options.context, arguments, err));
}

static bool is_unpacked(const struct unpack_arguments *arguments,
                        const struct wb_inventory_image *image)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    bool all = arguments->images == NULL;
    wb_digest_format(&image->digest, digest);
    for (size_t i = 0; i < wb_options_list_count(arguments->images) && !all; i++)
        all = strcmp(arguments->images[i], digest) == 0 ||
              (image->name != NULL && strcmp(arguments->images[i], image->name) == 0);
    return all;
}

static void print_text(const struct unpack_arguments *arguments,
                       const struct wb_inventory *inventory)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    for (size_t i = 0; i < inventory->image_count; i++) {
        const struct wb_inventory_image *image = &inventory->images[i];
        char digest[WB_DIGEST_TEXT_SIZE];
        if (is_unpacked(arguments, image))
            printf("image %s %s\n",
                   image->name == NULL ? "-" : wb_utf8_escape_line(arena, image->name),
                   wb_digest_format(&image->digest, digest));
    }
    for (size_t i = 0; arguments->format == NULL && i < inventory->file_count; i++)
        printf("file files/%s\n", wb_utf8_escape_line(arena, inventory->files[i].path));
}

static bool print_json(const struct unpack_arguments *arguments,
                       const struct wb_inventory *inventory, struct wb_error *err)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    wb_json_member(json, "output",
                   wb_utf8_escape(arena, arguments->output, strlen(arguments->output)));
    wb_json_member(json, "inventory", wb_digest_format(&inventory->payload_digest, digest));
    wb_json_key(json, "images");
    wb_json_begin_array(json);
    for (size_t i = 0; i < inventory->image_count; i++) {
        if (!is_unpacked(arguments, &inventory->images[i]))
            continue;
        wb_json_begin_object(json);
        wb_json_member(json, "name", inventory->images[i].name);
        wb_json_member(json, "digest", wb_digest_format(&inventory->images[i].digest, digest));
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
    wb_json_key(json, "files");
    wb_json_begin_array(json);
    for (size_t i = 0; arguments->format == NULL && i < inventory->file_count; i++)
        wb_json_string(json, inventory->files[i].path);
    wb_json_end_array(json);
    wb_json_end_object(json);
    wb_json_finish(json);
    return wb_output_commit(output, err);
}

static bool choose_form(struct unpack_arguments *arguments, struct wb_unpack_options *options,
                        struct wb_platform *platform, struct wb_error *err)
{
    options->form = WB_UNPACK_LAYOUT;
    if (arguments->format != NULL && strcmp(arguments->format, "docker-archive") == 0)
        options->form = WB_UNPACK_DOCKER_ARCHIVE;
    else if (arguments->format != NULL && strcmp(arguments->format, "layout") != 0)
        return wb_error_set(err, WB_USAGE, "--format %s: it is layout or docker-archive",
                            arguments->format);
    if (options->form == WB_UNPACK_LAYOUT) {
        /* From here on NULL means a layout. */
        free(arguments->format);
        arguments->format = NULL;
        return arguments->platform == NULL ||
               wb_error_set(err, WB_USAGE, "--platform goes with --format docker-archive");
    }
    options->platform = arguments->platform == NULL ? NULL : platform;
    return arguments->platform == NULL || wb_platform_parse(arguments->platform, platform, err);
}

static bool run(struct unpack_arguments *arguments, struct wb_error *err)
{
    struct wb_platform platform;
    struct wb_progress progress;
    struct wb_unpack_options options = {.images = (const char *const *)arguments->images,
                                        .image_count = wb_options_list_count(arguments->images),
                                        .progress = wb_progress_show,
                                        .context = &progress};
    bool json;
    if (!wb_options_text_or_json(arguments->report, &json, err) ||
        !choose_form(arguments, &options, &platform, err))
        return false;
    WB_AUTO(wb_delivery_verdict) *verdict = wb_delivery_verdict_new();
    if (!wb_delivery_check(&arguments->check, arguments->paths, arguments->path_count,
                           arguments->quiet != 0, verdict, err))
        return false;
    wb_progress_start(&progress, "unpacking", arguments->quiet != 0);
    bool good = wb_unpack(verdict->layout, verdict->inventory, &options, arguments->output, err);
    wb_progress_end(&progress);
    if (good && json)
        return print_json(arguments, verdict->inventory, err);
    if (good && !arguments->quiet)
        print_text(arguments, verdict->inventory);
    return good;
}

enum wb_status wb_unpack_command(int argc, const char **argv)
{
    struct unpack_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_delivery_check_options_clear(&arguments.check);
    wb_options_list_free(arguments.images);
    for (size_t i = 0; i < arguments.path_count; i++)
        free((char *)arguments.paths[i]);
    free(arguments.paths);
    free(arguments.output);
    free(arguments.format);
    free(arguments.platform);
    free(arguments.report);
    return good ? WB_OK : err.status;
}
