// A structure of 16 bytes comes in two registers: with the number behind it there are three arguments.
// RUN: env K2_OPTIONS="dump=1" %k2clang -O2 -g -c %s -o %t.o 2>&1 | FileCheck %s
struct two {
	long a, b;
};

// CHECK: k2: sum: {{.*}} arguments: 3
__attribute__((noinline)) long sum(struct two t, long k)
{
	return t.a + t.b + k;
}
