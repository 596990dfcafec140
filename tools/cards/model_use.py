"""What every model card says of use, limits, law and licenses: written once, here."""

INTENDED = "Meant for research, teaching and demonstration of recognition on a device."

LIMITS = """It has learnt from **acted** English speech, mostly of North American adults, recorded in studios. Acted speech is not
felt emotion. In noise, in a room or on a telephone it does worse ([by how much]({measured})); in another language or for
another age, too, by how much nobody has measured here. Of the answers on unseen speakers {wrong:.0%} are wrong."""

PROHIBITED = """Do not use it to judge people. In the European Union inferring emotions at work or in education is prohibited except for
medical or safety reasons (AI Act, Article 5(1)(f)), other emotion recognition is high-risk (Annex III), and the people
exposed must be told (Article 50(3))."""

LICENSES = """Non-commercial use only, because of the recordings: RAVDESS CC BY-NC-SA 4.0, CREMA-D ODbL 1.0, TESS CC BY-NC-ND 4.0, SAVEE
research use."""
