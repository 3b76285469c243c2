// Host and Origin: which requests a server without log-in may answer.
#include "host_check.h"
#include "unit_main.h"

static const HostCheck check = {{"shop.example", "10.0.0.5"}, 2};

START_TEST(hosts) {
  static const char *const ours[] = {
      "localhost",  "LocalHost:8080", "127.0.0.1",        "127.0.0.1:1", "[::1]",
      "[::1]:8080", "shop.example",   "SHOP.example:443", "10.0.0.5:80"};
  static const char *const others[] = {"",
                                       ":80",
                                       "evil.example",
                                       "127.0.0.1.evil.example",
                                       "localhost.evil",
                                       "localhost:80:80",
                                       "localhost:8a",
                                       "[::1",
                                       "[::2]",
                                       "evil@localhost",
                                       "shop.example.",
                                       "xshop.example"};
  for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
    ck_assert_msg(host_is_ours(&check, ours[i]), "%s", ours[i]);
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
    ck_assert_msg(!host_is_ours(&check, others[i]), "%s", others[i]);
  ck_assert(!host_is_ours(&check, NULL));
}
END_TEST

START_TEST(origins) {
  ck_assert(origin_is_ours(NULL, "localhost:8080"));
  ck_assert(origin_is_ours("http://localhost:8080", "localhost:8080"));
  ck_assert(origin_is_ours("https://Shop.example", "shop.example"));
  ck_assert(!origin_is_ours("null", "localhost:8080"));
  ck_assert(!origin_is_ours("http://localhost:8081", "localhost:8080"));
  ck_assert(!origin_is_ours("http://evil.example", "localhost:8080"));
  ck_assert(!origin_is_ours("file://localhost:8080", "localhost:8080"));
  ck_assert(!origin_is_ours("http://localhost:8080", NULL));
}
END_TEST

int main(void) {
  const TTest *const tests[] = {hosts, origins, NULL};
  Suite *suite = suite_create("host_check");
  unit_case(suite, "all", 10, tests);
  return unit_main(suite);
}
