/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of how the image was built, on what, and when. */
#include "audit/audit_private.h"

#include <inttypes.h>
#include <string.h>

#define DAY_SECONDS INT64_C(86400)
#define BASE_DIGEST "org.opencontainers.image.base.digest"
#define BASE_NAME "org.opencontainers.image.base.name"

static const struct wb_image_description *image_of(const struct wb_audit *audit)
{
    return audit->view->bom->image;
}

static struct wb_audit_finding *add_step(struct wb_audit *audit, const struct wb_audit_check *check,
                                         size_t index, const char *what)
{
    struct wb_audit_finding *finding = wb_audit_add_finding(audit, check, NULL, "%s", what);
    const struct wb_history_line *line = &image_of(audit)->history[index];
    finding->history = (int)index;
    finding->layer = line->layer;
    /* Of two such steps each is a finding of its own. */
    finding->fingerprint = wb_audit_printable(audit, line->created_by);
    return finding;
}

/* ---- instructions ---- */

/* What stands behind `ADD `, as the classic builder and BuildKit write it down; NULL. */
static const char *added(const char *step)
{
    if (wb_text_starts_with(step, "ADD "))
        return step + strlen("ADD ");
    const char *classic = strstr(step, "#(nop) ADD ");
    return classic == NULL ? NULL : classic + strlen("#(nop) ADD ");
}

static bool is_url(const char *text)
{
    static const char *const beginnings[] = {"http://", "https://", "ftp://",
                                             "git://",  "ssh://",   "git@"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (wb_text_starts_with(text, beginnings[i]))
            return true;
    return false;
}

/* Whether any of the words is an address; `checked`: a digest is stated for it. */
static bool has_url(const char *words, bool *checked)
{
    bool found = false;
    *checked = false;
    while (*(words += strspn(words, " \t[\",")) != '\0') {
        found = found || is_url(words);
        *checked = *checked || wb_text_starts_with(words, "--checksum=");
        words += strcspn(words, " \t\",");
    }
    return found;
}

/* Base images begin with the archive of a root file system. */
static bool is_root_file_system(const struct wb_history_line *line)
{
    if (line->layer != 0)
        return false;
    WB_AUTO_STRING text = wb_string_copy(line->created_by);
    size_t size = strlen(text);
    while (size > 0 && text[size - 1] == ' ')
        text[--size] = '\0';
    return wb_text_ends_with(text, " in /") || wb_text_ends_with(text, " / # buildkit");
}

enum wb_audit_state wb_check_add_instruction(struct wb_audit *audit,
                                             const struct wb_audit_check *check)
{
    const struct wb_image_description *image = image_of(audit);
    if (image->history_count == 0)
        return WB_AUDIT_NOT_APPLICABLE;
    for (size_t i = 0; i < image->history_count; i++) {
        const char *step = image->history[i].created_by;
        const char *what = step == NULL ? NULL : added(step);
        bool checked, url = what != NULL && has_url(what, &checked);
        if (url && !checked)
            add_step(audit, check, i, "ADD of an address: nothing says that it was the right file")
                ->severity = WB_AUDIT_MEDIUM;
        else if (what != NULL && !url && !is_root_file_system(&image->history[i]))
            add_step(audit, check, i, "ADD where COPY would do");
    }
    return wb_audit_outcome(audit);
}

static bool has_any(const char *step, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strstr(step, *words) != NULL)
            return true;
    return false;
}

/* The next word of a command; false where the command ends. */
static bool next_word(const char **at, const char **word, size_t *size)
{
    *at += strspn(*at, " \t\\");
    *word = *at;
    *size = strcspn(*at, " \t\\;&|\n()");
    *at += *size;
    return *size > 0;
}

/* Whether it is that name, or a path to it. */
static bool is_word(const char *word, size_t size, const char *name)
{
    size_t wanted = strlen(name);
    return size >= wanted && memcmp(word + size - wanted, name, wanted) == 0 &&
           (size == wanted || word[size - wanted - 1] == '/');
}

/* Whether a command of the step is `apt-get -q update` or of its kind. */
static bool updates_lists(const char *step)
{
    static const struct {
        const char *program, *verb;
    } updates[] = {{"apt-get", "update"}, {"apt", "update"},    {"aptitude", "update"},
                   {"apk", "update"},     {"yum", "makecache"}, {"dnf", "makecache"},
                   {"zypper", "refresh"}, {"zypper", "ref"},    {"microdnf", "makecache"}};
    enum { COUNT = sizeof updates / sizeof updates[0] };
    for (const char *at = step; *at != '\0'; at += *at != '\0') {
        bool started[COUNT] = {false};
        const char *word;
        for (size_t size; next_word(&at, &word, &size);)
            for (size_t i = 0; i < COUNT; i++) {
                if (started[i] && is_word(word, size, updates[i].verb))
                    return true;
                started[i] = started[i] || is_word(word, size, updates[i].program);
            }
    }
    return false;
}

enum wb_audit_state wb_check_update_alone(struct wb_audit *audit,
                                          const struct wb_audit_check *check)
{
    static const char *const uses[] = {"install", "apk add", "upgrade", NULL};
    const struct wb_image_description *image = image_of(audit);
    if (image->history_count == 0)
        return WB_AUDIT_NOT_APPLICABLE;
    for (size_t i = 0; i < image->history_count; i++) {
        const char *step = image->history[i].created_by;
        if (step != NULL && updates_lists(step) && !has_any(step, uses))
            add_step(audit, check, i, "a step that only updates package lists");
    }
    return wb_audit_outcome(audit);
}

/* ---- ages ---- */

static enum wb_audit_state judge_age(struct wb_audit *audit, const struct wb_audit_check *check,
                                     const char *what, int64_t created, int history)
{
    const struct wb_audit_options *options = audit->options;
    char time[WB_TIME_TEXT_SIZE];
    wb_time_format(created, time);
    struct wb_audit_finding *finding = NULL;
    /* It would stay fresh for as long as it likes. */
    if (created > options->now + DAY_SECONDS)
        finding = wb_audit_add_finding(audit, check, NULL, "%s is of %s, which is yet to come",
                                       what, time);
    else if (options->now - created > options->max_age)
        finding = wb_audit_add_finding(
            audit, check, NULL, "%s is of %s: %" PRId64 " days old, of %" PRId64 " allowed", what,
            time, (options->now - created) / DAY_SECONDS, options->max_age / DAY_SECONDS);
    if (finding != NULL) {
        finding->fingerprint = what;
        finding->history = history;
    }
    return wb_audit_outcome(audit);
}

enum wb_audit_state wb_check_image_age(struct wb_audit *audit, const struct wb_audit_check *check)
{
    const struct wb_image_description *image = image_of(audit);
    if (!audit->options->has_max_age)
        return WB_AUDIT_NOT_APPLICABLE;
    /* Who asks for fresh images does not want one that keeps its age to itself. */
    if (!image->has_created || image->created == 0) {
        wb_audit_add_finding(audit, check, NULL, "the image does not say when it was made");
        return wb_audit_outcome(audit);
    }
    return judge_age(audit, check, "the image", image->created, -1);
}

/* The lowest layer is always the base's. */
enum wb_audit_state wb_check_base_age(struct wb_audit *audit, const struct wb_audit_check *check)
{
    const struct wb_image_description *image = image_of(audit);
    if (!audit->options->has_max_age)
        return WB_AUDIT_NOT_APPLICABLE;
    for (size_t i = 0; i < image->history_count; i++)
        if (image->history[i].layer == 0 && image->history[i].has_created &&
            image->history[i].created > 0)
            return judge_age(audit, check, "the lowest layer", image->history[i].created, (int)i);
    if (image->layer_count == 1 && image->has_created && image->created > 0)
        return judge_age(audit, check, "the only layer", image->created, -1);
    return wb_audit_inconclusive(audit, "the history does not say when the lowest layer was made");
}

/* ---- names ---- */

static const char *label_of(const struct wb_image_description *image, const char *name)
{
    for (size_t i = 0; i < image->label_count; i++)
        if (strcmp(image->labels[i].name, name) == 0)
            return image->labels[i].value;
    for (size_t i = 0; i < image->annotation_count; i++)
        if (strcmp(image->annotations[i].name, name) == 0)
            return image->annotations[i].value;
    return NULL;
}

enum wb_audit_state wb_check_base_unpinned(struct wb_audit *audit,
                                           const struct wb_audit_check *check)
{
    const struct wb_image_description *image = image_of(audit);
    const char *name = label_of(image, BASE_NAME), *digest = label_of(image, BASE_DIGEST);
    struct wb_digest parsed;
    struct wb_error ignored = WB_ERROR_INIT;
    if (image->config_digest == NULL || (image->layer_count < 2 && name == NULL && digest == NULL))
        return WB_AUDIT_NOT_APPLICABLE;
    if (digest == NULL)
        wb_audit_add_finding(audit, check, NULL, "no label " BASE_DIGEST " says on what it stands");
    else if (!wb_digest_parse(digest, &parsed, &ignored))
        wb_audit_add_finding(audit, check, NULL, "the label " BASE_DIGEST " is no digest");
    return wb_audit_outcome(audit);
}

/* A name without tag and digest means `latest`. */
static bool is_latest(const char *name)
{
    const char *slash = strrchr(name, '/');
    bool has_tag = strchr(slash == NULL ? name : slash, ':') != NULL;
    return wb_text_ends_with(name, ":latest") || (!has_tag && strchr(name, '@') == NULL);
}

enum wb_audit_state wb_check_tag_latest(struct wb_audit *audit, const struct wb_audit_check *check)
{
    const struct wb_image_description *image = image_of(audit);
    const char *base = label_of(image, BASE_NAME);
    if (image->tag != NULL &&
        (strcmp(image->tag, "latest") == 0 || wb_text_ends_with(image->tag, ":latest")))
        wb_audit_add_finding(audit, check, NULL, "the image is tagged `latest`");
    if (base != NULL && is_latest(base))
        wb_audit_add_finding(audit, check, NULL, "its base is called `latest`");
    if (image->tag == NULL && base == NULL)
        return WB_AUDIT_NOT_APPLICABLE;
    return wb_audit_outcome(audit);
}
