/* SPDX-License-Identifier: Apache-2.0 */
/* XML as it is streamed. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static void elements_and_attributes(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    WB_AUTO(wb_output) *output = wb_output_open_buffer(&text);
    WB_AUTO(wb_xml_writer) *xml = wb_xml_writer_new(output);
    wb_xml_begin(xml, "a");
    wb_xml_attribute(xml, "x", "1");
    wb_xml_element(xml, "b", "two");
    wb_xml_begin(xml, "c");
    wb_xml_attribute(xml, "y", "");
    wb_xml_begin(xml, "d");
    wb_xml_end(xml);
    wb_xml_end(xml);
    wb_xml_element(xml, "e", "");
    wb_xml_end(xml);
    wb_xml_finish(xml);
    assert_true(wb_output_flush(output, &err));
    assert_string_equal((const char *)text.data, DECLARATION "<a x=\"1\">\n"
                                                             "  <b>two</b>\n"
                                                             "  <c y=\"\">\n"
                                                             "    <d/>\n"
                                                             "  </c>\n"
                                                             "  <e/>\n"
                                                             "</a>\n");
}

static void characters(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    WB_AUTO(wb_output) *output = wb_output_open_buffer(&text);
    WB_AUTO(wb_xml_writer) *xml = wb_xml_writer_new(output);
    wb_xml_begin(xml, "a");
    wb_xml_attribute(xml, "x", "<&>\"'\t\n\r\001");
    wb_xml_text(xml, "<&>\"'\t\n\r");
    wb_xml_text(xml, "\033]]>\xef\xbf\xbe\xef\xbf\xbd\x7f\xc2\x80\xf0\x9f\x98\x80");
    wb_xml_end(xml);
    wb_xml_finish(xml);
    assert_true(wb_output_flush(output, &err));
    assert_string_equal((const char *)text.data,
                        DECLARATION "<a x=\"&lt;&amp;&gt;&quot;'&#9;&#10;&#13;\\x01\">"
                                    "&lt;&amp;&gt;\"'\t\n&#13;"
                                    "\\x1b]]&gt;\\xef\\xbf\\xbe\xef\xbf\xbd\x7f\xc2\x80"
                                    "\xf0\x9f\x98\x80</a>\n");
}

static void what_xml_cannot_hold(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const char *plain = "\t\n\r plain \xef\xbf\xbd";
    assert_ptr_equal(wb_xml_escape(arena, plain), plain);
    assert_string_equal(wb_xml_escape(arena, ""), "");
    assert_string_equal(wb_xml_escape(arena, "a\001\xef\xbf\xbf"), "a\\x01\\xef\\xbf\\xbf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_and_attributes),
        cmocka_unit_test(characters),
        cmocka_unit_test(what_xml_cannot_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
