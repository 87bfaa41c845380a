/* SPDX-License-Identifier: Apache-2.0 */
/* waybill clean */
#include "cli/clean_used.h"
#include "cli/registries.h"
#include "sign/attachments.h"
#include "sign/sign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char examples[] =
    "  waybill clean oci:image:v1\n"
    "      remove everything that was attached to an image, after asking\n"
    "  waybill clean --type signature --force oci-archive:image.tar\n"
    "      remove its signatures only, without asking\n";

struct clean_arguments {
    struct wb_registry_arguments registry;
    char *type;
    char *reference;
    int force;
};

static bool parse_arguments(int argc, const char **argv, struct clean_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"type", 0, POPT_ARG_STRING, &arguments->type, 0, "what to remove (default: all of these)",
         "signature|attestation|sbom|all"},
        {"force", 'f', POPT_ARG_NONE, &arguments->force, 0, "do not ask", NULL},
        WB_REGISTRY_OPTIONS(&arguments->registry),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] IMAGE", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || wb_options_argument(options.context, "image", &arguments->reference, err));
}

/* ---- what goes ---- */

static bool check_type(const char *type, struct wb_error *err)
{
    static const char *const types[] = {"signature", "attestation", "sbom", "all"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (type == NULL || strcmp(type, types[i]) == 0)
            return true;
    return wb_error_set(err, WB_USAGE, "--type %s: it is signature, attestation, sbom or all",
                        type);
}

/* Other artifacts stay: this is about what signs and describes. */
static bool is_wanted(const struct wb_attachment *attachment, const char *type)
{
    if (attachment->kind == WB_ATTACHMENT_OTHER)
        return false;
    return type == NULL || strcmp(type, "all") == 0 ||
           strcmp(type, wb_attachment_kind_name(attachment->kind)) == 0;
}

static size_t keep_wanted(struct wb_attachments *attachments, const char *type)
{
    size_t kept = 0;
    for (size_t i = 0; i < attachments->count; i++)
        if (is_wanted(&attachments->items[i], type))
            attachments->items[kept++] = attachments->items[i];
    attachments->count = kept;
    return kept;
}

static void print_attachments(const struct wb_attachments *attachments, const char *verb)
{
    for (size_t i = 0; i < attachments->count; i++) {
        char text[WB_DIGEST_TEXT_SIZE];
        printf("%s%s %s\n", verb, wb_attachment_kind_name(attachments->items[i].kind),
               wb_digest_format(&attachments->items[i].blob, text));
    }
}

static bool ask(const struct wb_attachments *attachments, const char *reference,
                struct wb_error *err)
{
    if (!isatty(STDIN_FILENO))
        return wb_error_set(err, WB_USAGE,
                            "--force is needed where nobody can be asked: %zu to remove",
                            attachments->count);
    print_attachments(attachments, "");
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    printf("Remove from %s? [y/N] ", wb_utf8_escape(arena, reference, strlen(reference)));
    fflush(stdout);
    char answer[16] = "";
    if (fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y'))
        return true;
    return wb_error_set(err, WB_USAGE, "nothing was removed");
}

/* ---- removing ---- */

static bool is_removed(const struct wb_attachments *attachments, const struct wb_digest *digest)
{
    for (size_t i = 0; i < attachments->count; i++)
        if (wb_digest_equal(digest, &attachments->items[i].manifest))
            return true;
    return false;
}

/* The index under the referrers tag, where there is one, must not list what is gone. */
static bool shorten_referrers_index(struct wb_layout *layout, const struct wb_digest *target,
                                    const struct wb_attachments *attachments, struct wb_error *err)
{
    char tag[160];
    if (wb_layout_find_name(layout, wb_attached_tag(target, "", tag)) == NULL)
        return true;
    struct wb_descriptor *referrers;
    size_t count, kept = 0;
    if (!wb_layout_referrers(layout, target, attachments->arena, &referrers, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!is_removed(attachments, &referrers[i].digest))
            referrers[kept++] = referrers[i];
    return wb_referrers_index_put(layout, target, referrers, kept, err);
}

static bool remove_all(struct wb_layout *layout, const struct wb_digest *target,
                       const struct wb_attachments *attachments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_used) used = {0};
    if (!wb_used_find(layout, target, attachments, &used, err))
        return false;
    for (size_t i = 0; i < attachments->count; i++) {
        const struct wb_attachment *one = &attachments->items[i];
        wb_layout_remove_entries(layout, &one->manifest);
        /* The manifest would still be found by its subject. */
        if ((!used.manifests[i] && !wb_layout_remove_blob(layout, &one->manifest, err)) ||
            (!used.blobs[i] && !wb_layout_remove_blob(layout, &one->blob, err)))
            return false;
    }
    return shorten_referrers_index(layout, target, attachments, err) &&
           wb_layout_commit(layout, err);
}

static bool clean(const struct clean_arguments *arguments, struct wb_layout *layout,
                  struct wb_error *err)
{
    WB_AUTO_VALUE(wb_attachments) attachments = {0};
    const struct wb_descriptor *target = wb_layout_target(layout, err);
    if (target == NULL || !wb_attachments_find(layout, &target->digest, &attachments, err))
        return false;
    if (keep_wanted(&attachments, arguments->type) == 0) {
        wb_say_note("there is nothing to remove");
        return true;
    }
    if ((!arguments->force && !ask(&attachments, arguments->reference, err)) ||
        !remove_all(layout, &target->digest, &attachments, err))
        return false;
    print_attachments(&attachments, "removed ");
    return true;
}

static bool run(const struct clean_arguments *arguments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!check_type(arguments->type, err) ||
        !wb_image_reference(arguments->reference, &arguments->registry, &reference, err))
        return false;
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_WRITE, err);
    return layout != NULL &&
           (clean(arguments, layout, err) || wb_error_context(err, "%s", arguments->reference));
}

enum wb_status wb_clean_command(int argc, const char **argv)
{
    struct clean_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    free(arguments.type);
    wb_registry_arguments_clear(&arguments.registry);
    free(arguments.reference);
    return good ? WB_OK : err.status;
}
