// Zephyr's start of a program, whose main is compiled as zephyr_main.
extern "C" int zephyr_main(void);

int main() {
    return zephyr_main();
}
