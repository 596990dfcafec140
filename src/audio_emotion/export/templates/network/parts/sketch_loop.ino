void loop() {
    if (Serial.read() == 'n')  // another person speaks
        ae_adapt_reset(&listener.speaker);
