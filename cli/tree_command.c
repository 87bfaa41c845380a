/* SPDX-License-Identifier: Apache-2.0 */
/* waybill tree */
#include "cli/cli.h"
#include "cli/images.h"
#include "cli/registries.h"
#include "sign/attachments.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char examples[] = "  waybill tree oci:image:v1\n"
                               "      what travels with an image, and with each image of an index\n"
                               "  waybill tree -o json oci-archive:image.tar\n"
                               "      the same for programs\n";

struct tree_arguments {
    struct wb_registry_arguments registry;
    char *output;
    char *reference;
};

static bool parse_arguments(int argc, const char **argv, struct tree_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"output", 'o', POPT_ARG_STRING, &arguments->output, 0, "how to say it (default: text)",
         "text|json"},
        WB_REGISTRY_OPTIONS(&arguments->registry),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] IMAGE", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || wb_options_argument(options.context, "image", &arguments->reference, err));
}

/* One image or index, with what is attached to it; those below it in turn. */
struct tree {
    struct wb_layout *layout;
    struct wb_json_writer *json; /* NULL: text */
    struct wb_arena *arena;
    int depth;
};

static const char *printable(const struct tree *tree, const char *text)
{
    if (text == NULL)
        return "";
    return tree->json == NULL ? wb_utf8_escape_line(tree->arena, text)
                              : wb_utf8_escape(tree->arena, text, strlen(text));
}

static void print_attachment(const struct tree *tree, const struct wb_attachment *attachment)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    const char *form = attachment->is_bundle     ? "bundle"
                       : attachment->is_referrer ? "referrer"
                                                 : attachment->suffix;
    const char *type =
        attachment->predicate_type == NULL ? attachment->media_type : attachment->predicate_type;
    wb_digest_format(&attachment->blob, digest);
    if (tree->json == NULL) {
        printf("%*s%s %s, %" PRId64 " bytes, %s: %s\n", 2 * tree->depth + 2, "",
               wb_attachment_kind_name(attachment->kind), digest, attachment->size, form,
               printable(tree, type));
        return;
    }
    wb_json_begin_object(tree->json);
    wb_json_member(tree->json, "kind", wb_attachment_kind_name(attachment->kind));
    wb_json_member(tree->json, "form", form);
    wb_json_member(tree->json, "digest", digest);
    wb_json_key(tree->json, "size");
    wb_json_integer(tree->json, attachment->size);
    wb_json_member(tree->json, "mediaType", printable(tree, attachment->media_type));
    wb_json_member(tree->json, "predicateType", printable(tree, attachment->predicate_type));
    wb_json_member(tree->json, "manifest", wb_digest_format(&attachment->manifest, digest));
    wb_json_end_object(tree->json);
}

static bool print_attachments(struct tree *tree, const struct wb_digest *digest,
                              struct wb_error *err)
{
    WB_AUTO_VALUE(wb_attachments) attachments = {0};
    if (!wb_attachments_find(tree->layout, digest, &attachments, err))
        return false;
    if (tree->json != NULL) {
        wb_json_key(tree->json, "attached");
        wb_json_begin_array(tree->json);
    }
    for (size_t i = 0; i < attachments.count; i++)
        print_attachment(tree, &attachments.items[i]);
    if (tree->json != NULL)
        wb_json_end_array(tree->json);
    else if (attachments.count == 0)
        printf("%*snothing is attached\n", 2 * tree->depth + 2, "");
    return true;
}

static bool print_platform(void *context, const struct wb_descriptor *manifest,
                           struct wb_error *err)
{
    struct tree *tree = context;
    char digest[WB_DIGEST_TEXT_SIZE], platform[100];
    wb_digest_format(&manifest->digest, digest);
    wb_platform_format(&manifest->platform, platform);
    tree->depth++;
    if (tree->json == NULL) {
        printf("%*s%s %s\n", 2 * tree->depth, "", printable(tree, platform), digest);
    } else {
        wb_json_begin_object(tree->json);
        wb_json_member(tree->json, "platform", printable(tree, platform));
        wb_json_member(tree->json, "digest", digest);
    }
    bool good = print_attachments(tree, &manifest->digest, err);
    if (tree->json != NULL)
        wb_json_end_object(tree->json);
    tree->depth--;
    return good;
}

static bool print_tree(struct tree *tree, const char *reference, const struct wb_descriptor *target,
                       struct wb_error *err)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    wb_digest_format(&target->digest, digest);
    if (tree->json == NULL) {
        printf("%s %s\n", printable(tree, reference), digest);
        return print_attachments(tree, &target->digest, err) &&
               wb_visit_platforms(tree->layout, target, print_platform, tree, err);
    }
    wb_json_begin_object(tree->json);
    wb_json_member(tree->json, "image", printable(tree, reference));
    wb_json_member(tree->json, "digest", digest);
    if (!print_attachments(tree, &target->digest, err))
        return false;
    wb_json_key(tree->json, "platforms");
    wb_json_begin_array(tree->json);
    if (!wb_visit_platforms(tree->layout, target, print_platform, tree, err))
        return false;
    wb_json_end_array(tree->json);
    wb_json_end_object(tree->json);
    wb_json_finish(tree->json);
    return true;
}

static bool run(const struct tree_arguments *arguments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_reference) reference = {0};
    bool json;
    if (!wb_options_text_or_json(arguments->output, &json, err) ||
        !wb_image_reference(arguments->reference, &arguments->registry, &reference, err))
        return false;
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_READ, err);
    if (layout == NULL)
        return false;
    const struct wb_descriptor *target = wb_layout_target(layout, err);
    if (target == NULL)
        return wb_error_context(err, "%s", arguments->reference);
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    WB_AUTO(wb_json_writer) *writer = json ? wb_json_writer_new(output) : NULL;
    struct tree tree = {.layout = layout, .json = writer, .arena = arena};
    if (!print_tree(&tree, arguments->reference, target, err))
        return wb_error_context(err, "%s", arguments->reference);
    return wb_output_commit(output, err);
}

enum wb_status wb_tree_command(int argc, const char **argv)
{
    struct tree_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    free(arguments.output);
    wb_registry_arguments_clear(&arguments.registry);
    free(arguments.reference);
    return good ? WB_OK : err.status;
}
