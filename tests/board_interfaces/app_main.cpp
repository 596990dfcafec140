// ESP-IDF's start of a program.
extern "C" void app_main(void);

int main() {
    app_main();
}
