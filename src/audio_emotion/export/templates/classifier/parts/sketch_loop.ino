void loop() {
