/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a verification as one page of HTML, to be printed and filed: it loads nothing, runs
 * nothing, and all that came from outside stands in it as text. */
#include "verify/delivery_report_private.h"

#include <inttypes.h>
#include <string.h>

/* Even if something slipped through, a browser may load and run nothing. */
#define HEAD                                                                                       \
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"                      \
    "<meta http-equiv=\"Content-Security-Policy\" "                                                \
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"                                 \
    "<meta name=\"referrer\" content=\"no-referrer\">\n"                                           \
    "<meta name=\"viewport\" content=\"width=device-width\">\n"

static const char style[] =
    "<style>\n"
    "body { font: 10pt/1.4 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; "
    "color: #111; background: #fff }\n"
    "h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 1.6rem }\n"
    "table { border-collapse: collapse; width: 100% }\n"
    "th, td { border: 1px solid #999; padding: .25rem .5rem; text-align: left; "
    "vertical-align: top; overflow-wrap: anywhere }\n"
    "th { background: #eee } th[scope=row] { width: 12rem }\n"
    "code { font: .9em monospace }\n"
    ".verdict { border: 3px solid; padding: .5rem 1rem; font-size: 1.2rem; font-weight: bold }\n"
    ".good { color: #0a5c1a } .bad { color: #a00 } .open { color: #7a4b00 }\n"
    ".line { border-bottom: 1px solid; height: 2.2rem }\n"
    "@media print { body { margin: 0; max-width: none } tr { break-inside: avoid } "
    "h2 { break-after: avoid } }\n"
    "</style>\n";

struct page {
    struct wb_buffer *html;
    struct wb_arena *arena;
};

/* ---- text ---- */

/* As text: neither markup, nor the end of an attribute, nor anything that changes its direction. */
static void put(struct page *page, const char *text)
{
    const char *at = text == NULL ? "" : wb_utf8_escape_line(page->arena, text);
    while (*at != '\0') {
        size_t plain = strcspn(at, "&<>\"'");
        wb_buffer_append(page->html, at, plain);
        at += plain;
        if (*at == '\0')
            return;
        wb_buffer_append_format(page->html, "&#%d;", *at);
        at++;
    }
}

static void markup(struct page *page, const char *text)
{
    wb_buffer_append_text(page->html, text);
}

static void put_number(struct page *page, uint64_t number)
{
    wb_buffer_append_format(page->html, "%" PRIu64, number);
}

static void put_time(struct page *page, int64_t time)
{
    char text[WB_TIME_TEXT_SIZE];
    put(page, wb_time_format(time, text));
}

static void put_digest(struct page *page, const struct wb_digest *digest)
{
    char text[WB_DIGEST_TEXT_SIZE];
    markup(page, "<code>");
    put(page, wb_digest_format(digest, text));
    markup(page, "</code>");
}

static void heading(struct page *page, const char *text)
{
    markup(page, "<h2>");
    put(page, text);
    markup(page, "</h2>\n");
}

/* The head of a table; `columns` are divided by `|`. */
static void table(struct page *page, const char *columns)
{
    markup(page, "<table>\n<thead><tr>");
    for (const char *at = columns; *at != '\0'; at += *at == '|') {
        size_t size = strcspn(at, "|");
        wb_buffer_append_format(page->html, "<th scope=\"col\">%.*s</th>", (int)size, at);
        at += size;
    }
    markup(page, "</tr></thead>\n<tbody>\n");
}

static void table_end(struct page *page)
{
    markup(page, "</tbody>\n</table>\n");
}

static void fact_begin(struct page *page, const char *name)
{
    markup(page, "<tr><th scope=\"row\">");
    put(page, name);
    markup(page, "</th><td>");
}

static void fact_end(struct page *page)
{
    markup(page, "</td></tr>\n");
}

static void fact(struct page *page, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    fact_begin(page, name);
    put(page, value);
    fact_end(page);
}

static void fact_time(struct page *page, const char *name, int64_t time)
{
    char text[WB_TIME_TEXT_SIZE];
    fact(page, name, wb_time_format(time, text));
}

/* ---- the whole ---- */

static const char *verdict_of(const struct wb_delivery_report *report, const char **class)
{
    const struct wb_inventory *inventory = report->verdict->inventory;
    bool partial = inventory != NULL && report->verdict->volumes_seen < inventory->volume_count;
    *class = report->failed ? "bad" : partial ? "open" : "good";
    return report->failed ? "DOES NOT HOLD: not to be used"
           : partial      ? "What is here holds; volumes are missing"
                          : "Holds";
}

static void put_head(struct page *page, const struct wb_delivery_report *report)
{
    const char *class, *verdict = verdict_of(report, &class);
    const struct wb_inventory *inventory = report->verdict->inventory;
    const char *name = inventory == NULL ? NULL : inventory->name;
    markup(page, HEAD "<title>Verification");
    if (name != NULL) {
        markup(page, " of ");
        put(page, name);
    }
    markup(page, "</title>\n");
    markup(page, style);
    markup(page, "</head>\n<body>\n<h1>Verification of a delivery</h1>\n");
    wb_buffer_append_format(page->html, "<p class=\"verdict %s\">%s</p>\n", class, verdict);
}

static void put_inputs(struct page *page, const struct wb_delivery_input *input)
{
    if (input->stream_fd >= 0)
        fact(page, "Input", "standard input");
    for (size_t i = 0; i < input->path_count && input->stream_fd < 0; i++)
        fact(page, "Input", input->paths[i]);
    for (size_t i = 0; i < input->base_count; i++)
        fact(page, "Base", input->bases[i]);
}

static void put_inventory(struct page *page, const struct wb_delivery_verdict *verdict)
{
    const struct wb_inventory *inventory = verdict->inventory;
    if (inventory == NULL) {
        fact(page, "Inventory", "none that can be believed");
        return;
    }
    fact(page, "Delivery", inventory->name);
    if (inventory->sequence > 0)
        fact(page, "Number", wb_arena_format(page->arena, "%" PRIu64, inventory->sequence));
    fact_time(page, "Issued", inventory->issued);
    if (inventory->has_expiry)
        fact_time(page, "Expires", inventory->expires);
    fact(page, "Volumes",
         wb_arena_format(page->arena, "%u of %u", verdict->volumes_seen, inventory->volume_count));
    fact_begin(page, "Inventory");
    put_digest(page, &inventory->payload_digest);
    fact_end(page);
    if (inventory->has_base) {
        fact_begin(page, "Builds on");
        put_digest(page, &inventory->base);
        fact_end(page);
    }
}

static void put_facts(struct page *page, const struct wb_delivery_report *report)
{
    const struct wb_delivery_verdict *verdict = report->verdict;
    markup(page, "<table>\n<tbody>\n");
    put_inputs(page, report->input);
    put_inventory(page, verdict);
    fact(page, "Judged by", report->trust);
    fact_time(page, "Judged at", report->now);
    fact(page, "Accepted before", report->state);
    fact(page, "Checked",
         wb_arena_format(page->arena, "%zu blobs, %" PRIu64 " bytes, each by its digest",
                         verdict->blobs_checked, verdict->bytes_checked));
    if (report->deep != NULL)
        fact(page, "Deep check",
             wb_arena_format(page->arena,
                             "%zu images read again, %zu SBOMs compared, %zu files and %zu "
                             "packages are as they say",
                             report->deep->images, report->deep->sboms, report->deep->files,
                             report->deep->packages));
    fact(page, "Program", report->program);
    fact(page, "Confinement", report->confinement);
    table_end(page);
}

/* ---- what was found ---- */

static const char *meaning_of(const char *code)
{
    size_t count;
    const struct wb_outcome_code *codes = wb_outcome_codes(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(codes[i].code, code) == 0)
            return codes[i].meaning;
    return "";
}

static void put_outcomes(struct page *page, const struct wb_outcomes *outcomes, bool warnings)
{
    size_t count = warnings ? outcomes->count - outcomes->failures : outcomes->failures;
    if (count == 0)
        return;
    heading(page, warnings ? "Warnings" : "What does not hold");
    table(page, "Code|Object|Message|Meaning");
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct wb_outcome *one = &outcomes->items[i];
        if (wb_text_starts_with(one->code, "W-") != warnings)
            continue;
        markup(page, "<tr><td><strong>");
        put(page, one->code);
        markup(page, "</strong></td><td><code>");
        put(page, one->object == NULL ? "delivery" : one->object);
        markup(page, "</code></td><td>");
        put(page, one->message);
        markup(page, "</td><td>");
        put(page, meaning_of(one->code));
        markup(page, "</td></tr>\n");
    }
    table_end(page);
}

static void put_ranges(struct page *page, const struct wb_delivery_verdict *verdict)
{
    if (verdict->bad_range_count == 0)
        return;
    heading(page, "Bytes to be fetched again");
    table(page, "Blob|From byte|Bytes|File|From byte of it");
    for (size_t i = 0; i < verdict->bad_range_count; i++) {
        const struct wb_bad_range *range = &verdict->bad_ranges[i];
        markup(page, "<tr><td>");
        put_digest(page, &range->blob);
        markup(page, "</td><td>");
        put_number(page, range->offset);
        markup(page, "</td><td>");
        put_number(page, range->size);
        markup(page, "</td><td><code>");
        put(page, range->file);
        markup(page, "</code></td><td>");
        put_number(page, range->file_offset);
        markup(page, "</td></tr>\n");
    }
    table_end(page);
}

static void put_proof(struct page *page, const struct wb_proof *proof)
{
    markup(page, "<div>");
    put(page, proof->signer);
    if (proof->identity != NULL) {
        markup(page, ", certified for ");
        put(page, proof->identity);
    }
    if (proof->predicate_type != NULL) {
        markup(page, ", states <code>");
        put(page, proof->predicate_type);
        markup(page, "</code>");
    }
    if (proof->has_time) {
        markup(page, ", at ");
        put_time(page, proof->time);
    } else
        markup(page, ", time not certified");
    if (proof->log_entries > 0)
        wb_buffer_append_format(page->html, ", %zu log entries checked", proof->log_entries);
    markup(page, "</div>");
}

static void put_proofs(struct page *page, const struct wb_verify_report *report)
{
    for (size_t i = 0; report != NULL && i < report->proof_count; i++)
        put_proof(page, &report->proofs[i]);
}

static void put_refusals(struct page *page, const struct wb_verify_report *report)
{
    for (size_t i = 0; report != NULL && i < report->refusal_count; i++) {
        markup(page, "<div class=\"bad\">refused <code>");
        put(page, report->refusals[i].source);
        markup(page, "</code> ");
        put(page, report->refusals[i].reason);
        markup(page, "</div>");
    }
}

static void put_signers(struct page *page, const struct wb_delivery_report *report)
{
    const struct wb_verify_report *signers = report->verdict->inventory_report;
    if (signers == NULL)
        return;
    heading(page, "Who signed the inventory");
    put_proofs(page, signers);
    if (report->verbose || report->verdict->inventory == NULL)
        put_refusals(page, signers);
    markup(page, "\n");
}

static void put_result(struct page *page, const struct wb_image_verdict *image)
{
    if (image->away)
        markup(page, "<span class=\"open\">not judged, its volume or base is not here</span>");
    else if (image->failures > 0)
        markup(page, "<strong class=\"bad\">FAILED</strong>");
    else if (image->blobs_away > 0)
        wb_buffer_append_format(page->html,
                                "<span class=\"open\">INCOMPLETE: %zu of its %zu blobs are on "
                                "volumes that are not here</span>",
                                image->blobs_away, image->blobs);
    else
        markup(page, image->unsigned_allowed
                         ? "<span class=\"open\">holds unsigned, as the policy allows</span>"
                         : "<span class=\"good\">holds</span>");
}

static void put_image(struct page *page, const struct wb_delivery_report *report,
                      const struct wb_image_verdict *image)
{
    markup(page, "<tr><td><code>");
    put(page, image->name);
    markup(page, "</code><br>");
    put_digest(page, &image->digest);
    markup(page, "</td><td>");
    put_result(page, image);
    wb_buffer_append_format(page->html, "<br>%zu blobs, %" PRIu64 " bytes</td><td>", image->blobs,
                            image->bytes);
    put_proofs(page, image->signatures);
    put_proofs(page, image->attestations);
    if (report->verbose || image->failures > 0) {
        put_refusals(page, image->signatures);
        put_refusals(page, image->attestations);
    }
    markup(page, "</td><td>");
    put(page, image->rule);
    markup(page, "</td></tr>\n");
}

static void put_images(struct page *page, const struct wb_delivery_report *report)
{
    const struct wb_delivery_verdict *verdict = report->verdict;
    heading(page, "Images");
    if (verdict->inventory == NULL && verdict->image_count > 0)
        markup(page, "<p>Nobody signed these names: what counts is the digest.</p>\n");
    if (verdict->image_count == 0) {
        markup(page, "<p>None was judged.</p>\n");
        return;
    }
    table(page, "Image|Result|Signed by|Rule");
    for (size_t i = 0; i < verdict->image_count; i++)
        put_image(page, report, &verdict->images[i]);
    table_end(page);
}

static void put_files(struct page *page, const struct wb_delivery_verdict *verdict)
{
    static const char *const states[] = {
        "<span class=\"good\">holds</span>", "<strong class=\"bad\">FAILED</strong>",
        "<span class=\"open\">not judged, its volume or base is not here</span>"};
    const struct wb_inventory *inventory = verdict->inventory;
    if (verdict->files == NULL || inventory->file_count == 0)
        return;
    heading(page, "Files");
    table(page, "File|Bytes|Result");
    for (size_t i = 0; i < inventory->file_count; i++) {
        markup(page, "<tr><td><code>");
        put(page, inventory->files[i].path);
        markup(page, "</code><br>");
        put_digest(page, &inventory->files[i].digest);
        markup(page, "</td><td>");
        put_number(page, inventory->files[i].size);
        markup(page, "</td><td>");
        markup(page, states[verdict->files[i]]);
        markup(page, "</td></tr>\n");
    }
    table_end(page);
}

static void put_unchecked(struct page *page, const struct wb_delivery_report *report)
{
    struct wb_unchecked unchecked = {0};
    wb_delivery_unchecked(report, page->arena, &unchecked);
    heading(page, "What was not checked");
    markup(page, "<ul>\n");
    for (size_t i = 0; i < unchecked.count; i++) {
        markup(page, "<li>");
        put(page, unchecked.items[i]);
        markup(page, "</li>\n");
    }
    markup(page, "</ul>\n");
}

void wb_delivery_report_html(const struct wb_delivery_report *report, struct wb_buffer *html)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct page page = {html, arena};
    put_head(&page, report);
    put_facts(&page, report);
    put_outcomes(&page, report->verdict->outcomes, false);
    put_outcomes(&page, report->verdict->outcomes, true);
    put_ranges(&page, report->verdict);
    put_signers(&page, report);
    put_images(&page, report);
    put_files(&page, report->verdict);
    put_unchecked(&page, report);
    heading(&page, "Filed");
    markup(&page, "<table>\n<tbody>\n<tr><th scope=\"row\">Name</th><td class=\"line\"></td></tr>\n"
                  "<tr><th scope=\"row\">Date</th><td class=\"line\"></td></tr>\n"
                  "<tr><th scope=\"row\">Signature</th><td class=\"line\"></td></tr>\n"
                  "</tbody>\n</table>\n</body>\n</html>\n");
}
