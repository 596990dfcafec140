    if (!audioEmotionBegin(&listener))
        Serial.println("the network is damaged");
